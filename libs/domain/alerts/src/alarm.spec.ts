import { describe, expect, it } from '@jest/globals';
import { minutes } from '@quaywatch/kernel';
import fc from 'fast-check';
import {
  alarmStates,
  callOf,
  decideAlarm,
  deliverySchedule,
  evolveAlarm,
  decideEndpoint,
  isWorse,
  notificationOf,
  pauseAfter,
  transitions,
  type Alarm,
  type AlarmCommand,
  type AlarmFact,
} from './index';

const lateAfter = minutes(15);
const t0 = 1_800_000_000_000;
const subject = {
  alarm: 'alm_spr_1.TL-1-.FM-02.1',
  spreader: 'spr_1',
  component: 'TL[1]',
  code: 'FM-02',
  title: 'Twistlock 1 is stiff',
  level: 'plan' as const,
  risk: 'production' as const,
  finding: 'fnd_1',
  raisedAt: t0,
  reason: 'locks in 1.6 s, baseline 1.1 s',
};
const raise = (more: Partial<typeof subject> | { level: 'act_now' } = {}, now = t0): AlarmCommand => ({
  kind: 'raise',
  subject: { ...subject, ...more },
  now,
  lateAfter,
});
const clear = (at = t0 + 1): AlarmCommand => ({ kind: 'clear', at, reason: 'back to normal' });
const take = (by = 'usr_1', at = t0 + 1): AlarmCommand => ({ kind: 'acknowledge', by, at, note: null });

/** Given these commands (which all must be accepted), when one more comes, then … */
function after(...commands: AlarmCommand[]): Alarm | undefined {
  return commands.reduce<Alarm | undefined>((alarm, command) => {
    const decision = decideAlarm(alarm, command);
    if (!decision.ok) throw new Error(decision.reason);
    return decision.value.reduce<Alarm | undefined>(evolveAlarm, alarm);
  }, undefined);
}
const types = (alarm: Alarm | undefined, command: AlarmCommand): string[] => {
  const decision = decideAlarm(alarm, command);
  return decision.ok ? decision.value.map((fact) => fact.type) : [decision.code];
};

describe('an alarm', () => {
  it.each<[string, AlarmCommand[], AlarmCommand, string[], string]>([
    ['nothing', [], raise(), ['alarm-raised'], 'unacknowledged'],
    ['raised', [raise()], raise(), [], 'unacknowledged'],
    ['raised', [raise()], raise({ level: 'act_now' }), ['alarm-level-changed'], 'unacknowledged'],
    ['raised', [raise()], take(), ['alarm-acknowledged'], 'acknowledged'],
    ['raised', [raise()], clear(), ['alarm-cleared'], 'returned_unacknowledged'],
    ['taken', [raise(), take()], clear(), ['alarm-cleared'], 'normal'],
    ['taken', [raise(), take()], raise({ level: 'act_now' }), ['alarm-level-changed'], 'unacknowledged'],
    ['taken at act now', [raise({ level: 'act_now' }), take()], raise(), ['alarm-level-changed'], 'acknowledged'],
    ['returned', [raise(), clear()], take(), ['alarm-acknowledged'], 'normal'],
    ['returned', [raise(), clear()], raise({ raisedAt: t0 + 9 }), ['alarm-raised'], 'unacknowledged'],
    ['returned', [raise(), clear()], clear(), [], 'returned_unacknowledged'],
    ['late', [], raise({}, t0 + lateAfter + 1), ['alarm-raised'], 'unacknowledged'],
    ['late and still active', [raise({}, t0 + lateAfter + 1)], clear(), ['alarm-cleared'], 'normal'],
    ['late and taken', [raise({}, t0 + lateAfter + 1)], take(), ['alarm-acknowledged'], 'acknowledged'],
  ])('given %s (%#), then the facts and the state follow', (_given, given, command, facts, state) => {
    const alarm = after(...given);
    expect(types(alarm, command)).toEqual(facts);
    expect(after(...given, command)?.state).toBe(state);
  });

  it.each<[string, AlarmCommand[], AlarmCommand, string]>([
    ['nobody can take an alarm twice', [raise(), take()], take('usr_2'), 'conflict'],
    ['nobody can take what is over', [raise(), take(), clear()], take(), 'conflict'],
    ['nobody can take what is none', [], take(), 'not_found'],
    ['an occurrence that is over is not raised again', [raise(), take(), clear()], raise(), 'gone'],
  ])('%s', (_what, given, command, code) =>
    expect(decideAlarm(after(...given), command)).toMatchObject({ ok: false, code }),
  );

  it('forgets who took it when it becomes worse', () => {
    expect(after(raise(), take(), raise({ level: 'act_now' }))).toMatchObject({
      level: 'act_now',
      acknowledgedBy: null,
      acknowledgedAt: null,
    });
  });

  it('never ends before it began', () => {
    expect(after(raise(), clear(t0 - 5))?.clearedAt).toBe(t0);
  });
});

describe('every sequence of commands', () => {
  const level = fc.constantFrom('plan' as const, 'act_now' as const, 'no_data' as const);
  const time = fc.integer({ min: -1_000_000, max: 2_000_000 }).map((n) => t0 + n);
  const command: fc.Arbitrary<AlarmCommand> = fc.oneof(
    fc
      .record({ level, at: time })
      .map(({ level: l, at }): AlarmCommand => ({
        kind: 'raise',
        subject: { ...subject, level: l, raisedAt: at },
        now: t0 + 1_000_000,
        lateAfter,
      })),
    fc.record({ kind: fc.constantFrom('worsen' as const, 'ease' as const), level, at: time, reason: fc.constant('r') }),
    time.map(clear),
    time.map((at) => take('usr_1', at)),
  );

  // A second, independent description of the same life: two flags, as OPC UA part 9 has them.
  interface Flags {
    active: boolean;
    acknowledged: boolean;
    late: boolean;
    level: string;
  }
  function flagsAfter(flags: Flags | undefined, fact: AlarmFact): Flags {
    if (fact.type === 'alarm-raised')
      return { active: true, acknowledged: false, late: fact.data.late, level: fact.data.level };
    if (!flags) throw new Error(`${fact.type} before the alarm was raised`);
    if (fact.type === 'alarm-acknowledged') return { ...flags, acknowledged: true };
    if (fact.type === 'alarm-cleared')
      return { ...flags, active: false, acknowledged: flags.acknowledged || flags.late };
    const worse = isWorse(fact.data.level, fact.data.previous);
    expect(fact.data.previous).toBe(flags.level);
    return { ...flags, level: fact.data.level, acknowledged: flags.acknowledged && !worse };
  }

  it('keeps to the legal states and transitions', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let alarm: Alarm | undefined;
        let flags: Flags | undefined;
        for (const next of commands) {
          const decision = decideAlarm(alarm, next);
          if (!decision.ok) continue;
          expect(decision.value.length).toBeLessThanOrEqual(1);
          for (const fact of decision.value) {
            const before: Alarm['state'] = alarm?.state ?? 'normal';
            flags = flagsAfter(flags, fact);
            alarm = evolveAlarm(alarm, fact) as Alarm;
            const reachable = Object.values(transitions[before]);
            expect(
              reachable.includes(alarm.state) ||
                (fact.type === 'alarm-cleared' && flags.late && alarm.state === 'normal'),
            ).toBe(true);
          }
          if (!alarm || !flags) continue;
          expect(alarmStates).toContain(alarm.state);
          const expected = flags.active
            ? flags.acknowledged
              ? 'acknowledged'
              : 'unacknowledged'
            : flags.acknowledged
              ? 'normal'
              : 'returned_unacknowledged';
          expect(alarm.state).toBe(expected);
          expect(alarm.level).toBe(flags.level);
          expect(alarm.acknowledgedBy !== null).toBe(
            flags.acknowledged && !(flags.late && alarm.acknowledgedAt === null),
          );
          if (!flags.active) expect(alarm.clearedAt).toBeGreaterThanOrEqual(alarm.subject.raisedAt);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('notifications', () => {
  const facts = (before: Alarm | undefined, command: AlarmCommand): AlarmFact => {
    const decision = decideAlarm(before, command);
    if (!decision.ok || !decision.value[0]) throw new Error('no fact');
    return decision.value[0];
  };
  const told = (before: Alarm | undefined, command: AlarmCommand, now: number) =>
    notificationOf(before, facts(before, command), now, lateAfter);

  it('tell what happens now, and nothing of the past', () => {
    const live = after(raise());
    expect(told(undefined, raise(), t0)).toBe('alarm.raised');
    expect(told(undefined, raise({}, t0 + lateAfter + 1), t0 + lateAfter + 1)).toBeUndefined();
    expect(told(live, take(), t0 + 1)).toBe('alarm.taken');
    expect(told(live, clear(), t0 + 1)).toBe('alarm.closed');
    expect(told(live, clear(), t0 + lateAfter + 2)).toBeUndefined();
  });

  it('tell when it becomes worse, also of an alarm that came late, and not when it becomes milder', () => {
    const late = after(raise({}, t0 + lateAfter + 1));
    const now = t0 + lateAfter + 2;
    expect(told(late, { kind: 'worsen', level: 'act_now', at: now, reason: 'r' }, now)).toBe('alarm.raised');
    const bad = after(raise({ level: 'act_now' }));
    expect(told(bad, raise(), t0)).toBeUndefined();
  });
});

describe('rules beside', () => {
  it('raise at plan and act now, clear at ok and watch, and do nothing when nothing is known', () => {
    expect((['ok', 'watch', 'plan', 'act_now', 'no_data'] as const).map(callOf)).toEqual([
      'clear',
      'clear',
      'raise',
      'raise',
      'nothing',
    ]);
  });

  it('try again at 5 s, 5 min, 30 min, 2 h … with up to a tenth more, then give up', () => {
    expect([1, 2, 3, 4].map((n) => pauseAfter(n, 0))).toEqual([5000, 300_000, 1_800_000, 7_200_000]);
    expect(pauseAfter(1, 1)).toBe(5500);
    expect(pauseAfter(deliverySchedule.length, 0)).toBeUndefined();
  });

  it('take only addresses that requests can be signed for', () => {
    expect(decideEndpoint('https://example.com/hook', [])).toMatchObject({ ok: true });
    expect(decideEndpoint('ftp://example.com', [])).toMatchObject({ code: 'invalid' });
    expect(decideEndpoint('https://me:pw@example.com', [])).toMatchObject({ code: 'invalid' });
    expect(decideEndpoint('https://example.com/a', ['https://example.com/a'])).toMatchObject({ code: 'conflict' });
    expect(
      decideEndpoint(
        'https://example.com/x',
        Array.from({ length: 20 }, (_, i) => `https://example.com/${i}`),
      ),
    ).toMatchObject({ code: 'conflict' });
  });
});
