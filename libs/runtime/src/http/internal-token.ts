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
const claims = z.object({ principal: principalSchema.nullable(), request: z.string(), address: z.string().nullable() });

/** What a verified internal token says: who asks (null = nobody signed in), for which request, from where. */
export interface InternalCall {
  readonly principal: Principal | null;
  readonly requestId: string;
  readonly address: string | null;
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
  return new SignJWT({ principal: call.principal, request: call.requestId, address: call.address })
    .setProtectedHeader({ alg: algorithm, typ: type })
    .setIssuer('gateway')
    .setAudience('internal')
    .setIssuedAt()
    .setExpirationTime(life)
    .sign(key);
}

/** The call a token stands for; rejects when it is not ours, too old or malformed. */
export async function verifyInternal(secrets: SecretStore, token: string): Promise<InternalCall> {
  const key = await imported(await text(secrets, internalKeys.publicKey), importSPKI);
  const { payload } = await jwtVerify(token, key, {
    algorithms: [algorithm],
    typ: type,
    issuer: 'gateway',
    audience: 'internal',
    clockTolerance: 5,
  });
  const parsed = claims.parse(payload);
  return { principal: parsed.principal, requestId: parsed.request, address: parsed.address };
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

async function text(secrets: SecretStore, name: string): Promise<string> {
  const bytes = await secrets.read(name);
  if (!bytes) throw new Fault('SECRET_MISSING', `secret ${name} is not there: mount it, or let the platform make it`);
  return new TextDecoder().decode(bytes);
}
