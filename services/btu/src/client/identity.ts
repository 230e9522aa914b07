import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { Fault } from '@quaywatch/kernel';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

x509.cryptoProvider.set(webcrypto as never);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** What a device shows to the broker, as PEM. */
export interface Identity {
  readonly key: string;
  readonly certificate: string;
  /** CA that the broker's certificate must come from. */
  readonly ca: string;
}

/** A fresh key and its certificate signing request, PEM. */
export async function freshRequest(serial: string): Promise<{ key: string; csr: string }> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${serial}`,
    keys: keys as never,
    signingAlgorithm: algorithm,
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { key, csr: request.toString('pem') };
}

/** The certificate signing request of a device; makes its key (0600, never leaves the folder) when there is none. */
export async function signingRequest(folder: string, serial: string): Promise<string> {
  const requestFile = join(folder, 'request.pem');
  if (existsSync(requestFile)) return readFile(requestFile, 'utf8');
  await mkdir(folder, { recursive: true });
  const { key, csr } = await freshRequest(serial);
  const keyFile = join(folder, 'key.pem');
  await writeFile(keyFile, key, { mode: 0o600 });
  await chmod(keyFile, 0o600);
  await writeFile(requestFile, csr);
  return csr;
}

/** Keeps what the platform issued beside the key. */
export async function installCertificate(folder: string, certificate: string, chain: string): Promise<void> {
  await writeFile(join(folder, 'certificate.pem'), certificate);
  await writeFile(join(folder, 'chain.pem'), chain);
}

/**
 * Puts a renewed identity in the place of the one before, in one step: whatever happens to the power, the folder has a
 * key with its own certificate. Fault `IDENTITY_UNFIT` when key and certificate do not belong together; then nothing
 * was changed.
 */
export async function replaceIdentity(folder: string, { key, certificate, ca }: Identity): Promise<void> {
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)))
    throw new Fault('IDENTITY_UNFIT', 'the certificate is not one of this key');
  const file = join(folder, renewed);
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ key, certificate, ca }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

const renewed = 'renewed.json';

/** True when the folder has a key and a certificate. */
export const hasIdentity = (folder: string): boolean =>
  existsSync(join(folder, renewed)) ||
  (existsSync(join(folder, 'certificate.pem')) && existsSync(join(folder, 'key.pem')));

/**
 * The identity in a folder: the renewed one when there is one and nobody put a newer certificate there by hand. Fault
 * `IDENTITY_MISSING` says what to do.
 */
export async function readIdentity(folder: string): Promise<Identity> {
  if (!hasIdentity(folder)) {
    throw new Fault(
      'IDENTITY_MISSING',
      `there is no key.pem and certificate.pem in ${folder}: make them with "identity" and "quaywatch device enrol"`,
    );
  }
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const later = existsSync(join(folder, renewed)) ? (JSON.parse(await read(renewed)) as Identity) : undefined;
  if (!existsSync(join(folder, 'certificate.pem'))) return later as Identity;
  const first = { key: await read('key.pem'), certificate: await read('certificate.pem'), ca: await read('chain.pem') };
  return later && endOf(later) >= endOf(first) ? later : first;
}

/** End of an identity's certificate, ms UTC. */
export const endOf = ({ certificate }: Pick<Identity, 'certificate'>): number =>
  Date.parse(new X509Certificate(certificate).validTo);
