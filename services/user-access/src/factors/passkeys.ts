import type { Clock, ViewStore } from '@quaywatch/ports';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Factors, Owner } from './factors';

type PasskeyRow = {
  credential_id: string;
  user_id: string;
  public_key: Buffer;
  counter: string;
  transports: AuthenticatorTransport[];
};

/** Passkeys (WebAuthn): the key stays on the person's device, which checks the person (PIN, finger, face). */
export class Passkeys {
  private readonly id: string;

  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly publicUrl: string,
    private readonly factors: Factors,
  ) {
    this.id = new URL(publicUrl).hostname;
  }

  /** What a browser needs to make a passkey; `challenge` must come back signed. */
  async registrationOptions(owner: Owner, name: string): Promise<{ challenge: string; json: string }> {
    const known = await this.of(owner.user);
    const options = await generateRegistrationOptions({
      rpName: 'Quaywatch',
      rpID: this.id,
      userID: new TextEncoder().encode(owner.user),
      userName: name,
      challenge: new Uint8Array(this.clock.random(32)),
      excludeCredentials: known.map((row) => ({ id: row.credential_id, transports: row.transports })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestationType: 'none',
    });
    return { challenge: options.challenge, json: JSON.stringify(options) };
  }

  /** Keeps a new passkey; the answer are fresh recovery codes when there were none left, or undefined when it does not verify. */
  async register(
    owner: Owner,
    challenge: string,
    response: string,
    address: string | null,
    name = 'Passkey',
  ): Promise<{ recoveryCodes: string[] } | undefined> {
    const verified = await verifyRegistrationResponse({
      response: JSON.parse(response) as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: this.publicUrl,
      expectedRPID: this.id,
      requireUserVerification: true,
    }).catch(() => undefined);
    if (!verified?.verified || !verified.registrationInfo) return undefined;
    const { credential } = verified.registrationInfo;
    const hadCodes = (await this.factors.kinds(owner.user)).includes('recovery_codes');
    return this.store.transact(async (tx) => {
      await tx.query(
        `insert into passkey (credential_id, user_id, organisation, public_key, counter, transports, created_at, name)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          credential.id,
          owner.user,
          owner.org,
          Buffer.from(credential.publicKey),
          credential.counter,
          JSON.stringify(credential.transports ?? []),
          this.clock.now(),
          name,
        ],
      );
      await this.factors.audited(tx, owner, 'factor.add', 'passkey', address);
      return { recoveryCodes: hadCodes ? [] : await this.factors.newCodes(tx, owner) };
    });
  }

  /** What a browser needs to sign in with a passkey: one of `user`'s, or whichever it has for us. `challenge`: one that was not used yet. */
  async signInOptions(user: string | null, challenge?: string): Promise<{ challenge: string; json: string }> {
    const known = user === null ? [] : await this.of(user);
    const options = await generateAuthenticationOptions({
      rpID: this.id,
      challenge: challenge === undefined ? new Uint8Array(this.clock.random(32)) : Buffer.from(challenge, 'base64url'),
      userVerification: 'required',
      allowCredentials: known.map((row) => ({ id: row.credential_id, transports: row.transports })),
    });
    return { challenge: options.challenge, json: JSON.stringify(options) };
  }

  /** The person whose passkey signed the challenge; undefined when it does not verify. */
  async verify(challenge: string, response: string): Promise<string | undefined> {
    try {
      const answer = JSON.parse(response) as AuthenticationResponseJSON;
      const [row] = await this.store.transact((tx) =>
        tx.query<PasskeyRow>('select * from passkey where credential_id = $1', [String(answer.id)]),
      );
      if (!row) return undefined;
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: answer,
        expectedChallenge: challenge,
        expectedOrigin: this.publicUrl,
        expectedRPID: this.id,
        requireUserVerification: true,
        credential: {
          id: row.credential_id,
          publicKey: new Uint8Array(row.public_key),
          counter: Number(row.counter),
          transports: row.transports,
        },
      });
      if (!verified) return undefined;
      // A counter that does not go on is a copied key; the library refuses it, and this keeps two at once apart.
      const moved = await this.store.transact((tx) =>
        tx.query(
          `update passkey set counter = $2, last_used_at = $3 where credential_id = $1
           and (counter < $2 or (counter = 0 and $2 = 0)) returning 1`,
          [row.credential_id, authenticationInfo.newCounter, this.clock.now()],
        ),
      );
      return moved.length > 0 ? row.user_id : undefined;
    } catch {
      // Anything that is not a good answer to our challenge.
      return undefined;
    }
  }

  private of(user: string): Promise<PasskeyRow[]> {
    return this.store.transact((tx) =>
      tx.query<PasskeyRow>('select * from passkey where user_id = $1 order by created_at', [user]),
    );
  }
}
