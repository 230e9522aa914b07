import { events, isEvent, type DataOf, type EventEnvelope } from '@quaywatch/contracts';
import { accept, refuse, type Decision, type Instant } from '@quaywatch/kernel';

/** A fact about a CA, before it has an id and a time. */
export type AuthorityFact =
  | { readonly type: 'authority-added'; readonly data: DataOf<typeof events.authorityAdded> }
  | { readonly type: 'authority-retired'; readonly data: DataOf<typeof events.authorityRetired> };

/** A CA as its facts tell it; times in ms UTC. */
export type AuthorityRecord = DataOf<typeof events.authorityAdded> & {
  readonly org: string;
  readonly addedAt: Instant;
  readonly retiredAt: Instant | null;
};

/** The CAs of one stream from its facts, oldest first. */
export function authoritiesOf(facts: readonly EventEnvelope[]): readonly AuthorityRecord[] {
  const found = new Map<string, AuthorityRecord>();
  for (const fact of facts) {
    if (isEvent(fact, events.authorityAdded))
      found.set(fact.data.authority, { ...fact.data, org: fact.org, addedAt: fact.time, retiredAt: null });
    else if (isEvent(fact, events.authorityRetired)) {
      const record = found.get(fact.data.authority);
      if (record) found.set(fact.data.authority, { ...record, retiredAt: record.retiredAt ?? fact.time });
    }
  }
  return [...found.values()];
}

/** The newest CA that signs for the organisation now; undefined when one must be made. */
export function issuingNow(known: readonly AuthorityRecord[], now: Instant): AuthorityRecord | undefined {
  return known.filter((one) => one.kind === 'issuing' && one.retiredAt === null && one.notAfter > now).at(-1);
}

/** Trusts one more CA. Refused with `conflict` when the very certificate is known. */
export function addAuthority(
  known: readonly AuthorityRecord[],
  data: DataOf<typeof events.authorityAdded>,
): Decision<AuthorityFact[]> {
  if (known.some((one) => one.fingerprint === data.fingerprint))
    return refuse('conflict', 'This CA was registered before.');
  return accept([{ type: 'authority-added', data }]);
}

/**
 * Trusts a CA no more; nothing to record when that is so already. Refused with `not_found`, or with `conflict` for the
 * last root, without which no device could be told from another.
 */
export function retireAuthority(
  known: readonly AuthorityRecord[],
  data: DataOf<typeof events.authorityRetired>,
): Decision<AuthorityFact[]> {
  const record = known.find((one) => one.authority === data.authority);
  if (!record) return refuse('not_found', `There is no CA ${data.authority}.`);
  if (record.retiredAt !== null) return accept([]);
  const roots = known.filter((one) => one.kind === 'root' && one.retiredAt === null);
  if (record.kind === 'root' && roots.length === 1) return refuse('conflict', 'The last root cannot be retired.');
  return accept([{ type: 'authority-retired', data }]);
}
