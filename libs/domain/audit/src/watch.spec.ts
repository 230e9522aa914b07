import { describe, expect, it } from '@jest/globals';
import type { AuditEntry } from '@quaywatch/contracts';
import { days, hours, minutes, seconds } from '@quaywatch/kernel';
import { rulesWith, tally, watchRules, type Tally } from './watch';

const entry = (more: Partial<AuditEntry>): AuditEntry => ({
  class: 'privileged',
  actor: { kind: 'user', id: 'usr_1' },
  action: 'x',
  target: { kind: 'user', id: 'usr_2' },
  outcome: 'success',
  reason: null,
  address: '10.0.0.1',
  at: 0,
  ...more,
});

/** Incidents that the rules see in a history, as `rule about`, each once as long as nobody closes it. */
function watch(history: readonly AuditEntry[], rules = watchRules): string[] {
  const tallies = new Map<string, Tally>();
  const seen = new Set<string>();
  for (const one of [...history].sort((a, b) => a.at - b.at))
    for (const rule of rules) {
      const about = rule.about(one);
      if (about === null) continue;
      const key = `${rule.id} ${about}`;
      const now = tally(tallies.get(key), rule, one.at);
      tallies.set(key, now);
      if (now.due) seen.add(key);
    }
  return [...seen].sort();
}

/** The same numbers at every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

/** A week of 60 people and 100 devices at work: sign-ins with typing errors, refusals, exports, changes by administrators. */
function normalWeek(seed: number): AuditEntry[] {
  const next = random(seed);
  const history: AuditEntry[] = [];
  for (let day = 0; day < 7; day++)
    for (let person = 0; person < 60; person++) {
      const at = days(day) + hours(6) + next() * hours(10);
      const user = { kind: 'user', id: `usr_${person}` } as const;
      const about = { class: 'authentication', target: user, address: `10.0.0.${person % 5}` } as const;
      for (let wrong = Math.floor(next() * 3); wrong > 0; wrong--)
        history.push(entry({ ...about, action: 'sign-in', outcome: 'failure', at: at - seconds(20 * wrong) }));
      history.push(entry({ ...about, actor: user, action: 'sign-in', at }));
      for (let refusal = Math.floor(next() * 4); refusal > 0; refusal--)
        history.push(
          entry({ class: 'authorisation', actor: user, action: 'y', outcome: 'refused', at: at + minutes(refusal) }),
        );
      if (next() < 0.3) history.push(entry({ actor: user, action: 'export.download', at: at + hours(1) }));
    }
  for (let device = 0; device < 100; device++)
    for (let refusal = 0; refusal < 20; refusal++)
      history.push(
        entry({
          class: 'device',
          actor: { kind: 'device', id: `btu_${device}` },
          action: 'device.protocol',
          outcome: 'refused',
          at: next() * days(7),
        }),
      );
  for (let change = 0; change < 10; change++)
    history.push(entry({ actor: { kind: 'user', id: 'usr_0' }, action: 'user.grant-role', at: next() * days(7) }));
  history.push(entry({ action: 'factor.reset', at: days(2) }), entry({ action: 'user.disable', at: days(3) }));
  history.push(entry({ action: 'access-policy.set', detail: { second_factor: 'required' }, at: days(4) }));
  return history;
}

const start = days(3) + hours(12);
const many = (n: number, every: number, more: Partial<AuditEntry>): AuditEntry[] =>
  Array.from({ length: n }, (_, i) => entry({ ...more, at: start + i * every }));
const attacker = { kind: 'user', id: 'usr_attacker' } as const;

const attacks: readonly [name: string, history: AuditEntry[], found: string][] = [
  [
    'emergency access',
    many(1, 0, { action: 'access.break-glass', actor: attacker, target: attacker }),
    'break-glass usr_attacker',
  ],
  [
    'a broken audit trail',
    many(1, 0, { action: 'audit.verify', outcome: 'failure', target: { kind: 'audit-trail', id: 'org_1' } }),
    'audit-trail-broken org_1',
  ],
  [
    'a refresh token used twice',
    many(1, 0, { action: 'token.replay', outcome: 'refused', actor: { kind: 'client', id: 'cli_1' } }),
    'token-replayed cli_1',
  ],
  [
    'the second factor switched off',
    many(1, 0, { action: 'access-policy.set', actor: attacker, detail: { second_factor: 'off' } }),
    'second-factor-off usr_attacker',
  ],
  [
    'a role for oneself',
    many(1, 0, { action: 'user.grant-role', actor: attacker, target: attacker, detail: { role: 'administrator' } }),
    'own-rights usr_attacker',
  ],
  [
    'guessing one account from many addresses',
    Array.from({ length: 40 }, (_, i) =>
      entry({
        action: 'sign-in',
        outcome: 'failure',
        target: { kind: 'user', id: 'usr_7' },
        address: `192.0.2.${i}`,
        at: start + seconds(i),
      }),
    ),
    'guessing-an-account usr_7',
  ],
  [
    'guessing slowly, every 50 seconds',
    many(20, seconds(50), {
      action: 'sign-in',
      outcome: 'failure',
      target: { kind: 'user', id: 'usr_8' },
      address: null,
    }),
    'guessing-an-account usr_8',
  ],
  [
    'one password tried on many accounts',
    Array.from({ length: 50 }, (_, i) =>
      entry({
        action: 'sign-in',
        outcome: 'failure',
        target: { kind: 'user', id: `usr_${i}` },
        address: '192.0.2.9',
        at: start + seconds(i),
      }),
    ),
    'guessing-from-an-address 192.0.2.9',
  ],
  [
    'guessing names that there are not',
    many(40, seconds(2), {
      action: 'sign-in',
      outcome: 'failure',
      target: { kind: 'user', id: 'unknown' },
      address: '192.0.2.10',
    }),
    'guessing-from-an-address 192.0.2.10',
  ],
  [
    'guessing the secret of a program',
    many(25, seconds(5), { action: 'token.issue', outcome: 'failure', target: { kind: 'client', id: 'cli_2' } }),
    'failing-programs cli_2',
  ],
  [
    'trying every operation',
    many(120, seconds(1), { class: 'authorisation', outcome: 'refused', actor: attacker }),
    'probing usr_attacker',
  ],
  [
    'forgetting factors',
    many(4, minutes(5), { action: 'factor.reset', actor: attacker }),
    'factors-forgotten usr_attacker',
  ],
  [
    'shutting everybody out',
    many(8, minutes(1), { action: 'user.disable', actor: attacker }),
    'many-shut-out usr_attacker',
  ],
  ['taking data away', many(30, minutes(1), { action: 'export.download', actor: attacker }), 'data-taken usr_attacker'],
  [
    'a device that tries other topics',
    many(200, seconds(1), { class: 'device', outcome: 'refused', actor: { kind: 'device', id: 'btu_evil' } }),
    'device-misbehaves btu_evil',
  ],
];

describe('watching the audit trail', () => {
  it.each([1, 2, 3])('sees nothing in a normal week (seed %d)', (seed) => {
    expect(watch(normalWeek(seed))).toEqual([]);
  });

  it.each(attacks)('sees %s in a normal week, and nothing else', (_, history, found) => {
    expect(watch([...normalWeek(1), ...history])).toEqual([found]);
  });

  it('has an attack for every rule', () => {
    expect([...new Set(attacks.map(([, , found]) => found.split(' ')[0]))].sort()).toEqual(
      watchRules.map(({ id }) => id).sort(),
    );
  });

  it('does not take roles by groups or by emergency access for a role for oneself', () => {
    for (const by of ['groups', 'break-glass'])
      expect(
        watch(many(1, 0, { action: 'user.grant-role', actor: attacker, target: attacker, detail: { by } })),
      ).toEqual([]);
  });

  it('is told again at twice, four times … the number, not at every entry', () => {
    const rule = { ...watchRules[0], count: 5, within: hours(1) } as (typeof watchRules)[number];
    let now: (Tally & { due: boolean }) | undefined;
    const due: number[] = [];
    for (let i = 1; i <= 45; i++) {
      now = tally(now, rule, i);
      if (now.due) due.push(i);
    }
    expect(due).toEqual([5, 10, 20, 40]);
    expect(tally(now, rule, hours(2))).toEqual({ startedAt: hours(2), count: 1, due: false });
  });

  it('goes by the limits of the installation', () => {
    const rules = rulesWith({ 'data-taken': { count: 50, level: 'low' } });
    expect(rules.find(({ id }) => id === 'data-taken')).toMatchObject({ count: 50, level: 'low', within: hours(1) });
    expect(watch(many(30, minutes(1), { action: 'export.download', actor: attacker }), rules)).toEqual([]);
  });
});
