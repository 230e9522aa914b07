import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import { addAuthority, authoritiesOf, issuingNow, retireAuthority, type AuthorityFact } from './certificate-authority';

const added = (
  authority: string,
  kind: 'root' | 'issuing' | 'external' = 'issuing',
  notAfter = 1000,
): AuthorityFact => ({
  type: 'authority-added',
  data: {
    authority,
    kind,
    name: authority,
    certificate: '',
    fingerprint: `f-${authority}`,
    keyRef: null,
    quota: null,
    notAfter,
    by: 'usr_1',
  },
});
const retired = (authority: string): AuthorityFact => ({
  type: 'authority-retired',
  data: { authority, reason: 'old', by: 'usr_1' },
});
const given = (...facts: AuthorityFact[]) =>
  authoritiesOf(
    facts.map((fact, i): EventEnvelope => ({
      id: `evt_${i}`,
      v: 1,
      source: 'ingest',
      org: 'org_a',
      key: 'k',
      time: i,
      ...fact,
    })),
  );

describe('certificate authorities of an organisation', () => {
  it('issues from the newest that is trusted and not at its end', () => {
    expect(issuingNow(given(), 5)).toBeUndefined();
    expect(issuingNow(given(added('a'), added('b'), added('x', 'external')), 5)?.authority).toBe('b');
    expect(issuingNow(given(added('a'), added('b'), retired('b')), 5)?.authority).toBe('a');
    expect(issuingNow(given(added('a', 'issuing', 5)), 5)).toBeUndefined();
  });

  it('knows a CA once', () => {
    expect(addAuthority(given(added('a')), added('a').data as never)).toMatchObject({ ok: false, code: 'conflict' });
    expect(addAuthority(given(added('a')), added('b').data as never)).toEqual({ ok: true, value: [added('b')] });
  });

  it('retires once, and never the last root', () => {
    const { data } = retired('a') as Extract<AuthorityFact, { type: 'authority-retired' }>;
    expect(retireAuthority(given(added('a')), data)).toEqual({ ok: true, value: [retired('a')] });
    expect(retireAuthority(given(added('a'), retired('a')), data)).toEqual({ ok: true, value: [] });
    expect(retireAuthority(given(), data)).toMatchObject({ ok: false, code: 'not_found' });
    expect(retireAuthority(given(added('a', 'root')), data)).toMatchObject({ ok: false, code: 'conflict' });
    expect(retireAuthority(given(added('a', 'root'), added('b', 'root')), data)).toMatchObject({ ok: true });
  });
});
