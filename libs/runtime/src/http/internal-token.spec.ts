import { beforeAll, describe, expect, it } from '@jest/globals';
import { FakeSecretStore } from '@quaywatch/ports/testing';
import { exportJWK, generateKeyPair, importPKCS8, SignJWT, type CryptoKey, type JWTHeaderParameters } from 'jose';
import { ensureInternalKeys, internalKeys, signInternal, verifyInternal } from './internal-token';

const call = { principal: null, requestId: 'req_1', address: '192.0.2.1' };
const secrets = new FakeSecretStore();
let own: CryptoKey;
beforeAll(async () => {
  await ensureInternalKeys(secrets);
  own = await importPKCS8(new TextDecoder().decode(await secrets.read(internalKeys.privateKey)), 'EdDSA');
});

const claims = { principal: null, request: 'req_1', address: null };
const header = { alg: 'EdDSA', typ: 'quaywatch-internal+jwt' };
/** A token as ours but for what is said. */
const token = (
  more: { header?: Partial<JWTHeaderParameters>; issuer?: string; audience?: string; ends?: number; key?: CryptoKey },
  said: object = claims,
): Promise<string> =>
  new SignJWT({ ...said })
    .setProtectedHeader({ ...header, ...more.header })
    .setIssuer(more.issuer ?? 'gateway')
    .setAudience(more.audience ?? 'internal')
    .setExpirationTime(Math.floor(Date.now() / 1000) + (more.ends ?? 60))
    .sign(more.key ?? own);

describe('internal token', () => {
  it('says who asks, signed by the gateway', async () => {
    expect(await verifyInternal(secrets, await signInternal(secrets, call))).toEqual(call);
    expect(await verifyInternal(secrets, await token({}))).toMatchObject({ requestId: 'req_1' });
  });

  it('is refused when it is not ours, not for us, of another kind, too old, or changed', async () => {
    const strange = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const symmetric = new TextEncoder().encode(new TextDecoder().decode(await secrets.read(internalKeys.publicKey)));
    const [head, body] = (await token({})).split('.');
    const bad = {
      'another key': await token({ key: strange.privateKey }),
      // The key that it names and brings itself is never looked at.
      'its own key': await token({ key: strange.privateKey, header: { jwk: await exportJWK(strange.publicKey) } }),
      'a key elsewhere': await token({ key: strange.privateKey, header: { jku: 'https://evil.example.com/keys' } }),
      'another kind': await token({ header: { typ: 'at+jwt' } }),
      'another audience': await token({ audience: 'https://quaywatch.example.com/v1' }),
      'another issuer': await token({ issuer: 'somebody' }),
      'too old': await token({ ends: -10 }),
      'claims of another form': await token({}, { principal: { id: 'usr_1' } }),
      'no signature': `${Buffer.from('{"alg":"none","typ":"quaywatch-internal+jwt"}').toString('base64url')}.${body}.`,
      'the public key as a secret': await new SignJWT(claims)
        .setProtectedHeader({ ...header, alg: 'HS256' })
        .setIssuer('gateway')
        .setAudience('internal')
        .setExpirationTime('1m')
        .sign(symmetric),
      'a changed body': `${head}.${Buffer.from('{"iss":"gateway"}').toString('base64url')}.${(await token({})).split('.')[2]}`,
      nothing: '',
    };
    for (const [why, text] of Object.entries(bad))
      expect([
        why,
        await verifyInternal(secrets, text).then(
          () => 'taken',
          () => 'refused',
        ),
      ]).toEqual([why, 'refused']);
  });
});
