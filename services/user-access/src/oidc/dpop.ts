import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { createHash } from 'node:crypto';

/** A DPoP proof (RFC 9449) and the request that it came with. */
export interface Proof {
  readonly proof: string;
  readonly method: string;
  readonly url: string;
}

/** Oldest proof accepted, and how far a clock may be ahead, seconds. */
const window = 60;

/**
 * Checks a proof for an access token bound to the key `jkt`: signed by that key, for this request and this token, made a
 * moment ago. The answer is its id, which must not have been seen before; undefined when it is not good.
 */
export async function checkProof(
  { proof, method, url }: Proof,
  token: string,
  jkt: string,
  now: number,
): Promise<string | undefined> {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256', 'Ed25519', 'EdDSA'],
      currentDate: new Date(now),
    });
    const { jti, htm, htu, iat, ath } = payload;
    if (typeof jti !== 'string' || jti.length === 0 || jti.length > 200) return undefined;
    if (htm !== method || typeof htu !== 'string' || plain(htu) !== plain(url)) return undefined;
    if (typeof iat !== 'number' || Math.abs(now / 1000 - iat) > window) return undefined;
    if (ath !== createHash('sha256').update(token).digest('base64url')) return undefined;
    if (!protectedHeader.jwk || (await calculateJwkThumbprint(protectedHeader.jwk)) !== jkt) return undefined;
    return jti;
  } catch {
    // Anything that is not a good proof.
    return undefined;
  }
}

/** Without query and fragment, as the proof has it. */
const plain = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
};
