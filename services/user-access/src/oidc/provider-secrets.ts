import { Fault } from '@quaywatch/kernel';
import type { Clock, SecretStore } from '@quaywatch/ports';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

/** Names of the secrets of the OpenID provider; the portal's is also read by the gateway. */
export const providerSecretNames = {
  signingKeys: 'oidc-signing-keys',
  cookieKeys: 'oidc-cookie-keys',
  portalClient: 'oidc-portal-secret',
} as const;

/** The provider's secrets; several keys = the first signs, the others still verify (rotation without a restart, law L6). */
export interface ProviderSecrets {
  readonly signingKeys: { readonly keys: readonly JWK[] };
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

async function makeSigningKeys(clock: Clock): Promise<Uint8Array> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = {
    ...(await exportJWK(privateKey)),
    alg: 'ES256',
    use: 'sig',
    kid: Buffer.from(clock.random(9)).toString('base64url'),
  };
  return new TextEncoder().encode(JSON.stringify({ keys: [key] }));
}

function readKeys(json: string): { keys: JWK[] } {
  try {
    const { keys } = JSON.parse(json) as { keys?: unknown };
    if (Array.isArray(keys) && keys.length > 0) return { keys: keys as JWK[] };
  } catch {
    // Said below, without the secret's text.
  }
  throw new Fault(
    'SECRET_INVALID',
    `secret ${providerSecretNames.signingKeys} is not a JSON Web Key Set with a private key`,
  );
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim();
