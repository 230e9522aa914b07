import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { Fault } from '@quaywatch/kernel';
import { webcrypto } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
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

/** The certificate signing request of a device; makes its key (0600, never leaves the folder) when there is none. */
export async function signingRequest(folder: string, serial: string): Promise<string> {
  const requestFile = join(folder, 'request.pem');
  if (existsSync(requestFile)) return readFile(requestFile, 'utf8');
  await mkdir(folder, { recursive: true });
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${serial}`,
    keys: keys as never,
    signingAlgorithm: algorithm,
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const keyFile = join(folder, 'key.pem');
  await writeFile(keyFile, key, { mode: 0o600 });
  await chmod(keyFile, 0o600);
  await writeFile(requestFile, request.toString('pem'));
  return request.toString('pem');
}

/** Keeps what the platform issued beside the key. */
export async function installCertificate(folder: string, certificate: string, chain: string): Promise<void> {
  await writeFile(join(folder, 'certificate.pem'), certificate);
  await writeFile(join(folder, 'chain.pem'), chain);
}

/** True when the folder has a key and a certificate. */
export const hasIdentity = (folder: string): boolean =>
  existsSync(join(folder, 'certificate.pem')) && existsSync(join(folder, 'key.pem'));

/** The identity in a folder. Fault `IDENTITY_MISSING` says what to do. */
export async function readIdentity(folder: string): Promise<Identity> {
  if (!hasIdentity(folder)) {
    throw new Fault(
      'IDENTITY_MISSING',
      `there is no key.pem and certificate.pem in ${folder}: make them with "identity" and "quaywatch device enrol"`,
    );
  }
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  return { key: await read('key.pem'), certificate: await read('certificate.pem'), ca: await read('chain.pem') };
}
