import { Fault, type Duration } from '@quaywatch/kernel';
import type { Clock, SecretStore } from '@quaywatch/ports';
import { keySchedule, scheduleKeys } from './key-schedule';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

/** Names of the secrets of the OpenID provider; the portal's is also read by the gateway. */
export const providerSecretNames = {
  signingKeys: 'oidc-signing-keys',
  cookieKeys: 'oidc-cookie-keys',
  portalClient: 'oidc-portal-secret',
} as const;

/** A private key of the set, with when it was made, ms UTC. */
export type SigningKey = JWK & { readonly made_at?: number };

/** The provider's secrets; several keys = the first signs, the others still verify (rotation without a restart, law L6). */
export interface ProviderSecrets {
  readonly signingKeys: { readonly keys: readonly SigningKey[] };
  readonly cookieKeys: readonly string[];
  readonly portalClient: string;
}

/** Reads the secrets, and makes those that are not there yet where that is allowed. */
export async function readProviderSecrets(secrets: SecretStore, clock: Clock): Promise<ProviderSecrets> {
  const random = (): Uint8Array => new TextEncoder().encode(Buffer.from(clock.random(32)).toString('base64url'));
  const [signingKeys, cookieKeys, portalClient] = await Promise.all([
    secrets.ensure(providerSecretNames.signingKeys, () => makeSigningKeys(clock)),
    secrets.ensure(providerSecretNames.cookieKeys, random),
    secrets.ensure(providerSecretNames.portalClient, random),
  ]);
  return {
    signingKeys: readKeys(text(signingKeys)),
    cookieKeys: text(cookieKeys).split(/\s+/),
    portalClient: text(portalClient),
  };
}

/**
 * Changes the signing keys when their schedule says so: the next one is published, takes over, and the one before goes.
 * True when something was changed. Rejects with Fault `SECRET_MISSING` where secrets are given from outside.
 */
export async function rotateSigningKeys(secrets: SecretStore, clock: Clock, signs: Duration): Promise<boolean> {
  const now = clock.now();
  const { keys } = readKeys(text(await secrets.ensure(providerSecretNames.signingKeys, () => makeSigningKeys(clock))));
  const dated = keys.map((key) => ({ key, madeAt: key.made_at ?? 0 }));
  const wanted = scheduleKeys(dated, now, keySchedule(signs));
  const next = await Promise.all(wanted.map(async (one) => one?.key ?? (await makeSigningKey(clock))));
  if (next.map(({ kid }) => kid).join(' ') === keys.map(({ kid }) => kid).join(' ')) return false;
  await secrets.write(providerSecretNames.signingKeys, new TextEncoder().encode(JSON.stringify({ keys: next })));
  return true;
}

async function makeSigningKeys(clock: Clock): Promise<Uint8Array> {
  return new TextEncoder().encode(JSON.stringify({ keys: [await makeSigningKey(clock)] }));
}

async function makeSigningKey(clock: Clock): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return {
    ...(await exportJWK(privateKey)),
    alg: 'ES256',
    use: 'sig',
    kid: Buffer.from(clock.random(9)).toString('base64url'),
    made_at: clock.now(),
  };
}

function readKeys(json: string): { keys: SigningKey[] } {
  try {
    const { keys } = JSON.parse(json) as { keys?: unknown };
    if (Array.isArray(keys) && keys.length > 0) return { keys: keys as SigningKey[] };
  } catch {
    // Said below, without the secret's text.
  }
  throw new Fault(
    'SECRET_INVALID',
    `secret ${providerSecretNames.signingKeys} is not a JSON Web Key Set with a private key`,
  );
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim();
