import {
  addAuthority,
  authoritiesOf,
  issuingNow,
  legacyAuthority,
  retireAuthority,
  type AuthorityFact,
  type AuthorityRecord,
} from '@quaywatch/domain/telemetry';
import { Fault, makeId, refuse, type Decision } from '@quaywatch/kernel';
import type { Clock, SecretStore, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { appendFacts, decideAgain } from '../devices/append-facts';
import { hashOf, makeIssuing, makeRoot, makeServer, type Credentials, type Issuer } from './certificates';
import type { EncryptedKeys } from './encrypted-keys';
import type { Signer } from './signer';

/** Organisation of the roots. */
export const platformOrg = 'platform';

/** A trusted CA. */
export type Authority = Omit<AuthorityRecord, 'by'> & { readonly x509: X509Certificate };

/** Who changes something: for the facts and the audit trail. */
export interface Actor {
  readonly org: string;
  readonly kind: 'user' | 'client' | 'service' | 'device';
  readonly id: string;
  readonly address: string | null;
}

/** What the authorities work with. */
export interface AuthorityParts {
  readonly store: ViewStore;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly signer: Signer;
}

interface Row extends Record<string, unknown> {
  org: string;
  id: string;
  kind: Authority['kind'];
  name: string;
  certificate: string;
  fingerprint: string;
  key_ref: string | null;
  quota: number | null;
  not_after: number;
  added_at: number;
  retired_at: number | null;
}

const hasRoot = (known: readonly AuthorityRecord[]): boolean =>
  known.some((one) => one.kind === 'root' && one.retiredAt === null && one.authority !== legacyAuthority);

const streamOf = (org: string): string => `authorities-${org}`;

/**
 * The certificate authorities: one root (at times two, while one follows the other), below it one issuing CA for each
 * organisation, made when it is first needed, and CAs of others that an organisation has registered. Everything is a
 * fact; what is trusted now is a copy in memory, brought up to date by `reload`.
 */
export class Authorities {
  private known: readonly Authority[] = [];
  private byName = new Map<string, Authority[]>();
  private print = '';
  private readonly listeners: ((trusted: string[]) => void)[] = [];

  private constructor(private readonly parts: AuthorityParts) {}

  /** Reads what is trusted; makes the root when there is none. `keys` takes over the key of the one CA of before. */
  static async open(parts: AuthorityParts, keys: EncryptedKeys): Promise<Authorities> {
    const authorities = new Authorities(parts);
    await authorities.takeOver(keys);
    // Facts count, not the view: that may be on its way to be rebuilt.
    const roots = await authorities.recorded(platformOrg);
    if (!hasRoot(roots)) await authorities.addRoot();
    await authorities.reload();
    return authorities;
  }

  /** Calls back with the certificates to trust, each time they change. */
  onChange(listener: (trusted: string[]) => void): void {
    this.listeners.push(listener);
  }

  /** Reads again what is trusted. */
  async reload(): Promise<void> {
    const rows = await this.parts.store.transact((tx) =>
      tx.query<Row>('select * from authority order by added_at, id'),
    );
    const print = rows.map((row) => `${row.id}${row.retired_at ?? ''}`).join();
    if (print === this.print) return;
    this.print = print;
    this.known = rows
      .filter((row) => row.retired_at === null)
      .map((row) => ({
        org: row.org,
        authority: row.id,
        kind: row.kind,
        name: row.name,
        certificate: row.certificate,
        fingerprint: row.fingerprint,
        keyRef: row.key_ref,
        quota: row.quota,
        notAfter: row.not_after,
        addedAt: row.added_at,
        retiredAt: null,
        x509: new X509Certificate(row.certificate),
      }));
    this.byName = new Map();
    for (const one of this.known) {
      const same = this.byName.get(one.x509.subject);
      if (same) same.push(one);
      else this.byName.set(one.x509.subject, [one]);
    }
    for (const listener of this.listeners) listener(this.trusted);
  }

  /** Certificates of every CA whose devices may come in, PEM: what the TLS ports trust. */
  get trusted(): string[] {
    return this.known.map((one) => one.certificate);
  }

  /** Every CA that is trusted, oldest first. */
  get all(): readonly Authority[] {
    return this.known;
  }

  /** The roots, PEM, one each. */
  get anchorList(): string[] {
    return this.roots.map((root) => root.certificate);
  }

  /** The roots, PEM one after the other: what devices must trust to know our servers. */
  get anchors(): string {
    return this.roots.map((root) => root.certificate.trim()).join('\n') + '\n';
  }

  /** SHA-256 of the oldest root, from which the certificates of our servers come; lower-case hex. */
  get rootFingerprint(): string {
    return this.roots[0]?.fingerprint ?? '';
  }

  /** The CA of this id, when it is trusted. */
  find(authority: string): Authority | undefined {
    return this.known.find((one) => one.authority === authority);
  }

  /** The issuing CAs of an organisation, oldest first. */
  issuing(org: string): readonly Authority[] {
    return this.known.filter((one) => one.kind === 'issuing' && one.org === org);
  }

  /** The trusted CA whose key signed this certificate; undefined when none did. */
  signedBy(certificate: X509Certificate): Authority | undefined {
    return this.byName
      .get(certificate.issuer)
      ?.find((one) => certificate.checkIssued(one.x509) && certificate.verify(one.x509.publicKey));
  }

  /** Key and certificate for a TLS port of ours; from the oldest root, which all devices know. */
  async server(names: readonly string[]): Promise<Credentials> {
    if (names.length === 0)
      throw new Fault('CONFIG_INVALID', 'the TLS ports need at least one name for their certificate');
    const [root] = this.roots;
    if (!root) throw new Fault('ROOT_MISSING', 'there is no root to sign the certificate of the TLS ports');
    return makeServer(this.issuerOf(root), names, this.parts.clock.now());
  }

  /** Signs as this CA. Fault `SIGNING_KEY_MISSING` when its key is not ours. */
  issuerOf(authority: Pick<Authority, 'authority' | 'certificate' | 'keyRef'>): Issuer {
    const { keyRef } = authority;
    return {
      certificatePem: authority.certificate,
      sign: (data) => {
        if (keyRef === null)
          return Promise.reject(new Fault('SIGNING_KEY_MISSING', `the key of ${authority.authority} is not here`));
        return this.parts.signer.sign(keyRef, data);
      },
    };
  }

  /** The CA that signs for this organisation now; made when there is none yet. */
  async issuerFor(org: string): Promise<{ authority: string; issuer: Issuer }> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const now = issuingNow(await this.recorded(org), this.parts.clock.now());
      if (now) {
        // Another process may have made it a moment ago.
        if (!this.find(now.authority)) await this.reload();
        return { authority: now.authority, issuer: this.issuerOf(now) };
      }
      const actor: Actor = { org, kind: 'service', id: 'ingest', address: null };
      await this.addIssuing(actor, true).catch((error: unknown) => {
        if (!(error instanceof Refused && error.code === 'conflict')) throw error;
      });
    }
    throw new Fault('AUTHORITY_UNSETTLED', `the CA of ${org} keeps changing`, { retryable: true });
  }

  /** Makes the organisation a new issuing CA; those there are stay trusted. With `first` only when it has none. */
  async addIssuing(actor: Actor, first = false): Promise<AuthorityRecord> {
    const [root] = this.roots.filter((one) => one.authority !== legacyAuthority).slice(-1);
    if (!root) throw new Fault('ROOT_MISSING', 'there is no root to sign the CA of an organisation');
    const { signer, clock } = this.parts;
    const now = clock.now();
    const authority = makeId('authority', now, clock.random(8));
    const { ref, spki } = await signer.generate();
    const certificate = await makeIssuing(this.issuerOf(root), `Quaywatch ${authority}`, actor.org, spki, now);
    const made = {
      authority,
      kind: 'issuing',
      certificate: certificate.toString('pem'),
      keyRef: ref,
      quota: null,
    } as const;
    return this.add(actor, made, { unless: (known) => first && issuingNow(known, now) !== undefined });
  }

  /** Trusts the CA of somebody else for this organisation. */
  async register(
    actor: Actor,
    request: { certificate: string; name: string; quota: number },
  ): Promise<AuthorityRecord> {
    let parsed: X509Certificate;
    try {
      parsed = new X509Certificate(request.certificate);
    } catch {
      throw new Refused('invalid', 'The certificate cannot be read: it must be one X.509 certificate in PEM.');
    }
    const now = this.parts.clock.now();
    if (!parsed.ca) throw new Refused('invalid', 'The certificate is not one of a CA.');
    const above = this.signedBy(parsed);
    const ownRoot = parsed.checkIssued(parsed) && parsed.verify(parsed.publicKey);
    if (!ownRoot && !(above?.kind === 'external' && above.org === actor.org))
      throw new Refused('invalid', 'Register the self-signed root of the CA first.');
    if (Date.parse(parsed.validTo) <= now) throw new Refused('invalid', 'The certificate has expired.');
    const elsewhere = this.known.find(
      (one) => one.fingerprint === hashOf(parsed.raw) || one.x509.subject === parsed.subject,
    );
    if (elsewhere) throw new Refused('conflict', 'A CA of this name is trusted already.');
    const { clock } = this.parts;
    return this.add(
      actor,
      {
        authority: makeId('authority', now, clock.random(8)),
        kind: 'external',
        certificate: parsed.toString(),
        keyRef: null,
        quota: request.quota,
      },
      { name: request.name },
    );
  }

  /** Trusts a CA no more. */
  async retire(actor: Actor, authority: string, reason: string): Promise<void> {
    await this.change(actor, 'authority.retire', authority, reason, (known) =>
      retireAuthority(known, { authority, reason, by: actor.id }),
    );
  }

  private get roots(): readonly Authority[] {
    const roots = this.known.filter((one) => one.kind === 'root');
    // The CA of before goes first: all its devices know is that one.
    return roots.sort((a, b) => Number(b.authority === legacyAuthority) - Number(a.authority === legacyAuthority));
  }

  private recorded(org: string): Promise<readonly AuthorityRecord[]> {
    return this.parts.store.transact(async (tx) => authoritiesOf(await tx.facts.read(streamOf(org))));
  }

  private async addRoot(): Promise<void> {
    const { signer, clock } = this.parts;
    const now = clock.now();
    const { ref, spki } = await signer.generate();
    const root = await makeRoot('Quaywatch device root', { spki, sign: (data) => signer.sign(ref, data) }, now);
    const actor: Actor = { org: platformOrg, kind: 'service', id: 'ingest', address: null };
    const authority = makeId('authority', now, clock.random(8));
    const made = { authority, kind: 'root', certificate: root.toString('pem'), keyRef: ref, quota: null } as const;
    await this.add(actor, made, { unless: hasRoot }).catch((error: unknown) => {
      // Another process made one at the same moment: that is the one.
      if (!(error instanceof Refused && error.code === 'conflict')) throw error;
    });
  }

  /** The one CA of earlier versions signed all devices and our servers: it stays trusted, and they need not be touched. */
  private async takeOver(keys: EncryptedKeys): Promise<void> {
    const bytes = await this.parts.secrets.read('device-ca');
    if (!bytes) return;
    if ((await this.recorded(platformOrg)).some((one) => one.authority === legacyAuthority)) return;
    const { keyPem, certificatePem } = JSON.parse(new TextDecoder().decode(bytes)) as Credentials;
    const keyRef = await keys.keep(createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' }));
    const actor: Actor = { org: platformOrg, kind: 'service', id: 'ingest', address: null };
    const data = {
      authority: legacyAuthority,
      kind: 'root',
      certificate: certificatePem,
      keyRef,
      quota: null,
    } as const;
    await this.add(actor, data).catch((error: unknown) => {
      if (!(error instanceof Refused && error.code === 'conflict')) throw error;
    });
  }

  private async add(
    actor: Actor,
    made: Pick<AuthorityRecord, 'authority' | 'kind' | 'certificate' | 'keyRef' | 'quota'>,
    more: { name?: string; unless?: (known: readonly AuthorityRecord[]) => boolean } = {},
  ): Promise<AuthorityRecord> {
    const parsed = new X509Certificate(made.certificate);
    const data = {
      ...made,
      name: more.name ?? /CN=(.*)/.exec(parsed.subject)?.[1] ?? made.authority,
      fingerprint: hashOf(parsed.raw),
      notAfter: Date.parse(parsed.validTo),
      by: actor.id,
    };
    await this.change(actor, 'authority.add', made.authority, null, (known) =>
      more.unless?.(known) ? refuse('conflict', 'There is one already.') : addAuthority(known, data),
    );
    return { ...data, org: actor.org, addedAt: this.parts.clock.now(), retiredAt: null };
  }

  private async change(
    actor: Actor,
    action: string,
    authority: string,
    reason: string | null,
    decide: (known: readonly AuthorityRecord[]) => Decision<AuthorityFact[]>,
  ): Promise<void> {
    const { store, audit } = this.parts;
    const work = async (tx: StoreTransaction): Promise<void> => {
      const facts = await tx.facts.read(streamOf(actor.org));
      const decision = decide(authoritiesOf(facts));
      if (!decision.ok) throw new Refused(decision.code, decision.reason);
      const to = { stream: streamOf(actor.org), expected: facts.length, org: actor.org, key: authority };
      await appendFacts(tx, this.parts.clock, to, decision.value);
      await audit.within(tx, {
        org: actor.org,
        class: 'privileged',
        actor: { kind: actor.kind, id: actor.id },
        action,
        target: { kind: 'authority', id: authority },
        outcome: 'success',
        reason,
        address: actor.address,
      });
    };
    await decideAgain(() => store.transact(work));
    await this.reload();
  }
}
