import { principal as principalSchema, type Principal } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { SecretStore } from '@quaywatch/ports';
import {
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  importPKCS8,
  importSPKI,
  jwtVerify,
  SignJWT,
  type CryptoKey,
} from 'jose';
import { z } from 'zod';

const algorithm = 'EdDSA';
const type = 'quaywatch-internal+jwt';
const life = '60s';
const claims = z.object({
  principal: principalSchema.nullable(),
  request: z.string(),
  address: z.string().nullable(),
  certificate: z.object({ der: z.string(), verified: z.boolean() }).optional(),
});

/** A certificate that the caller has shown in the TLS handshake, with proof of its key. */
export interface CallerCertificate {
  /** DER in base64. */
  readonly der: string;
  /** Whether it leads to a certificate authority that this installation trusts for callers. */
  readonly verified: boolean;
}

/** What a verified internal token says: who asks (null = nobody signed in), for which request, from where. */
export interface InternalCall {
  readonly principal: Principal | null;
  readonly requestId: string;
  readonly address: string | null;
  /** Only in calls where the certificate matters (OAuth, RFC 8705); never from a header. */
  readonly certificate?: CallerCertificate | undefined;
}

/** Secret names: the private key is the gateway's alone, the public key is every service's. */
export const internalKeys = { privateKey: 'internal-token-private', publicKey: 'internal-token-public' } as const;

/** Makes the key pair on the embedded default, where no one else provides it. */
export async function ensureInternalKeys(secrets: SecretStore): Promise<void> {
  if (await secrets.read(internalKeys.privateKey)) return;
  const pair = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true });
  await secrets.write(internalKeys.publicKey, new TextEncoder().encode(await exportSPKI(pair.publicKey)));
  await secrets.write(internalKeys.privateKey, new TextEncoder().encode(await exportPKCS8(pair.privateKey)));
}

/** Signs a token for one internal call, good for 60 s. */
export async function signInternal(secrets: SecretStore, call: InternalCall): Promise<string> {
  const key = await imported(await text(secrets, internalKeys.privateKey), importPKCS8);
  const { principal, requestId: request, address, certificate } = call;
  return new SignJWT({ principal, request, address, ...(certificate ? { certificate } : {}) })
    .setProtectedHeader({ alg: algorithm, typ: type })
    .setIssuer('gateway')
    .setAudience('internal')
    .setIssuedAt()
    .setExpirationTime(life)
    .sign(key);
}

/** Signed tokens that are used again: by key, principal and address. Half of a token's life, so that none arrives too old. */
const signed = new Map<string, { readonly token: Promise<string>; readonly until: number }>();
const reuse = 30_000;
const remembered = 2000;

/** A token for calls of one principal from one address; the same for 30 s, so it names no request. */
export async function reusableToken(
  secrets: SecretStore,
  principal: Principal | null,
  address: string | null,
  certificate?: CallerCertificate,
): Promise<string> {
  const pem = await text(secrets, internalKeys.privateKey);
  const name = JSON.stringify([pem.slice(-96), principal, address, certificate]);
  const known = signed.get(name);
  if (known && known.until > Date.now()) return known.token;
  if (signed.size >= remembered) signed.clear();
  const token = signInternal(secrets, { principal, address, certificate, requestId: '' });
  signed.set(name, { token, until: Date.now() + reuse });
  token.catch(() => signed.delete(name));
  return token;
}

/** Tokens whose signature was checked, until they end; by public key and token. */
const checked = new Map<string, { readonly call: InternalCall; readonly until: number }>();

/**
 * The call a token stands for; rejects when it is not ours, too old or malformed. `requestId` is empty in tokens that
 * serve more than one request.
 */
export async function verifyInternal(secrets: SecretStore, token: string): Promise<InternalCall> {
  const pem = await text(secrets, internalKeys.publicKey);
  const name = `${pem}${token}`;
  const known = checked.get(name);
  if (known && known.until > Date.now()) return known.call;
  const key = await imported(pem, importSPKI);
  const { payload } = await jwtVerify(token, key, {
    algorithms: [algorithm],
    typ: type,
    issuer: 'gateway',
    audience: 'internal',
    clockTolerance: 5,
  });
  const parsed = claims.parse(payload);
  const { principal, request: requestId, address, certificate } = parsed;
  const call = { principal, requestId, address, ...(certificate ? { certificate } : {}) };
  if (checked.size >= remembered) checked.clear();
  checked.set(name, { call, until: (payload.exp ?? 0) * 1000 });
  return call;
}

/** Keys by their text: read at each use, so that they can rotate, but made into key objects once. */
const keys = new Map<string, Promise<CryptoKey>>();

function imported(pem: string, make: (pem: string, alg: string) => Promise<CryptoKey>): Promise<CryptoKey> {
  const known = keys.get(pem);
  if (known) return known;
  if (keys.size >= 8) keys.clear();
  const made = make(pem, algorithm);
  keys.set(pem, made);
  made.catch(() => keys.delete(pem));
  return made;
}

/** Keys as they were read a moment ago: a changed one is seen within a second, and not every call reads a file. */
const read = new WeakMap<SecretStore, Map<string, { readonly value: Promise<string>; until: number }>>();
const readAgain = 1000;

/** Those who ask at the same time wait for one reading. */
function text(secrets: SecretStore, name: string): Promise<string> {
  let known = read.get(secrets);
  if (!known) read.set(secrets, (known = new Map()));
  const recent = known.get(name);
  if (recent && recent.until > performance.now()) return recent.value;
  const reading = { value: readText(secrets, name), until: Infinity };
  known.set(name, reading);
  reading.value.then(
    () => (reading.until = performance.now() + readAgain),
    () => known.delete(name),
  );
  return reading.value;
}

async function readText(secrets: SecretStore, name: string): Promise<string> {
  const bytes = await secrets.read(name);
  if (!bytes) throw new Fault('SECRET_MISSING', `secret ${name} is not there: mount it, or let the platform make it`);
  return new TextDecoder().decode(bytes);
}
