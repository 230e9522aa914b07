import { describe, expect, it } from '@jest/globals';
import { commandKinds, commandParameters, type EventEnvelope } from '@quaywatch/contracts';
import {
  answerCommand,
  commandOf,
  endCommand,
  requestCommand,
  sendCommand,
  type CommandFact,
  type CommandRecord,
} from './device-command';

const given = (...facts: CommandFact[]): CommandRecord | undefined =>
  commandOf(
    facts.map((fact, i): EventEnvelope => ({
      id: `evt_${i}`,
      v: 1,
      source: 'ingest',
      org: 'org_a',
      key: 'B1',
      time: i,
      ...fact,
    })),
  );
const request = { command: 'cmd_1', btu: 'B1', kind: 'upload_log' as const, parameters: { lines: 10 }, by: 'usr_1' };
const requested: CommandFact = { type: 'command-requested', data: { ...request, expiresAt: 100 } };
const sent: CommandFact = { type: 'command-sent', data: { command: 'cmd_1', btu: 'B1', answerBy: 60 } };
const answer = (ok: boolean, btu = 'B1') => ({ command: 'cmd_1', btu, ok, detail: 'x', object: null });
const answered = (ok: boolean): CommandFact => ({ type: 'command-acknowledged', data: answer(ok) });

describe('a command to a device', () => {
  it('is asked for with the parameters of its kind, and no others', () => {
    expect(requestCommand(request, 0, 100)).toEqual({ ok: true, value: [requested] });
    expect(requestCommand({ ...request, parameters: {} }, 0, 100)).toMatchObject({
      ok: true,
      value: [{ data: { parameters: { lines: 500 } } }],
    });
    for (const [kind, parameters] of [
      ['rebirth', { twistlocks: 'unlock' }],
      ['configuration', {}],
      ['configuration', { hoist: true }],
      ['request_burst', { signal: 'vib.rms', seconds: 3600 }],
      ['upload_log', { lines: 0 }],
    ] as const)
      expect(requestCommand({ ...request, kind, parameters }, 0, 100)).toMatchObject({ ok: false, code: 'invalid' });
  });

  it('moves nothing (law L5): the kinds and their parameters are these, all of them', () => {
    expect([...commandKinds]).toEqual(['configuration', 'request_burst', 'rebirth', 'upload_log']);
    expect(
      Object.values(commandParameters)
        .flatMap((schema) => Object.keys(schema.shape))
        .sort(),
    ).toEqual(['lines', 'live_seconds', 'log_level', 'seconds', 'signal', 'status_seconds']);
  });

  it('is sent once, in time', () => {
    expect(sendCommand(given(requested) as CommandRecord, 10, 50)).toEqual([sent]);
    expect(sendCommand(given(requested) as CommandRecord, 100, 50)).toEqual([]);
    expect(sendCommand(given(requested, sent) as CommandRecord, 10, 50)).toEqual([]);
  });

  it('is answered once, by its device', () => {
    expect(answerCommand(given(requested, sent), answer(true))).toEqual([answered(true)]);
    expect(given(requested, sent, answered(false))?.state).toBe('refused');
    expect(answerCommand(given(requested, sent, answered(true)), answer(false))).toEqual([]);
    expect(answerCommand(given(requested, sent), answer(true, 'B2'))).toEqual([]);
    expect(answerCommand(given(requested), answer(true))).toEqual([]);
    expect(answerCommand(undefined, answer(true))).toEqual([]);
  });

  it('expires unsent and times out unanswered', () => {
    const open = given(requested) as CommandRecord;
    expect([endCommand(open, 99), endCommand(open, 100).map(({ type }) => type)]).toEqual([[], ['command-expired']]);
    const waiting = given(requested, sent) as CommandRecord;
    expect([endCommand(waiting, 59), endCommand(waiting, 60).map(({ type }) => type)]).toEqual([
      [],
      ['command-timed-out'],
    ]);
    expect(endCommand(given(requested, sent, answered(true)) as CommandRecord, 1000)).toEqual([]);
  });
});
