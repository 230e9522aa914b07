import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import {
  assignSpreader,
  bindBtu,
  btuOf,
  createCrane,
  createSpreader,
  createTerminal,
  placeOfFact,
  spreaderOf,
} from './index';

const fact = (type: string, data: unknown, org = 'org_a'): EventEnvelope => ({
  id: 'evt',
  type,
  v: 1,
  source: 'fleet',
  org,
  key: 'k',
  time: 1,
  data,
});
const terminal = { terminal: 'ter_1', name: 'North', timeZone: 'Europe/Stockholm', craneHourValue: null };
const crane = { crane: 'crn_1', number: 'STS-01', terminal: 'ter_1', type: 'sts' as const };
const spreader = {
  spreader: 'spr_1',
  number: 'SPR-01',
  serial: '4711',
  model: 'X',
  type: 'sts_twin' as const,
  drive: 'hydraulic' as const,
  terminal: 'ter_1',
};
const now = 1_000_000;
const command = { org: 'org_a', now, from: now };

describe('given an organisation, when something is added', () => {
  const free = { terminalKnown: true, numberTaken: false, serialTaken: false };
  it('then it exists', () => {
    expect(createTerminal({ nameTaken: false, zoneKnown: true }, terminal)).toEqual({
      ok: true,
      value: [{ type: 'terminal-created', data: terminal }],
    });
    expect(createCrane(free, crane)).toMatchObject({ ok: true, value: [{ type: 'crane-created' }] });
    expect(createSpreader(free, spreader)).toMatchObject({ ok: true, value: [{ type: 'spreader-created' }] });
  });
  it.each([
    ['a name twice', createTerminal({ nameTaken: true, zoneKnown: true }, terminal), 'conflict'],
    ['a time zone that is none', createTerminal({ nameTaken: false, zoneKnown: false }, terminal), 'invalid'],
    ['a blank name', createTerminal({ nameTaken: false, zoneKnown: true }, { ...terminal, name: ' ' }), 'invalid'],
    ['a crane at an unknown terminal', createCrane({ ...free, terminalKnown: false }, crane), 'not_found'],
    ['a crane number twice', createCrane({ ...free, numberTaken: true }, crane), 'conflict'],
    ['a spreader at an unknown terminal', createSpreader({ ...free, terminalKnown: false }, spreader), 'not_found'],
    ['a spreader number twice', createSpreader({ ...free, numberTaken: true }, spreader), 'conflict'],
    ['a serial number twice', createSpreader({ ...free, serialTaken: true }, spreader), 'conflict'],
  ])('then %s is refused', (_what, decision, code) => expect(decision).toMatchObject({ ok: false, code }));
});

describe('given a spreader', () => {
  const mine = spreaderOf('spr_1', [
    fact('spreader-created', spreader),
    fact('spreader-assigned', { spreader: 'spr_1', crane: 'crn_9', from: 500 }),
  ]);

  it('when it is hung under a crane, then it is, and who hung there leaves', () => {
    const other = spreaderOf('spr_2', [
      fact('spreader-created', spreader),
      fact('spreader-assigned', { spreader: 'spr_2', crane: 'crn_1', from: 1 }),
    ]);
    expect(assignSpreader(mine, 'org_a', [other], { ...command, place: 'crn_1' })).toEqual({
      ok: true,
      value: [
        { type: 'spreader-assigned', data: { spreader: 'spr_1', crane: 'crn_1', from: now } },
        { type: 'spreader-assigned', data: { spreader: 'spr_2', crane: null, from: now } },
      ],
    });
  });
  it('when it hangs there already, then nothing is recorded', () => {
    expect(assignSpreader(mine, 'org_a', [], { ...command, place: 'crn_9' })).toEqual({ ok: true, value: [] });
  });
  it.each([
    [
      'a spreader of others',
      assignSpreader({ ...mine, org: 'org_b' }, 'org_a', [], { ...command, place: 'crn_1' }),
      'not_found',
    ],
    [
      'a spreader that is none',
      assignSpreader(spreaderOf('spr_x', []), 'org_a', [], { ...command, place: null }),
      'not_found',
    ],
    ['a crane of others', assignSpreader(mine, 'org_b', [], { ...command, place: 'crn_1' }), 'not_found'],
    [
      'a time in the future',
      assignSpreader(mine, 'org_a', [], { ...command, place: 'crn_1', from: now + 120_000 }),
      'invalid',
    ],
    [
      'a BTU of others',
      bindBtu(btuOf('B1', [fact('btu-bound', { btu: 'B1', spreader: null, from: 1 }, 'org_b')]), 'org_a', [], {
        ...command,
        place: 'spr_1',
      }),
      'conflict',
    ],
    [
      'a BTU at a spreader that is none',
      bindBtu(btuOf('B1', []), null, [], { ...command, place: 'spr_1' }),
      'not_found',
    ],
    [
      'a binding in the future',
      bindBtu(btuOf('B1', []), 'org_a', [], { ...command, place: 'spr_1', from: now + 120_000 }),
      'invalid',
    ],
  ])('then %s is refused', (_what, decision, code) => expect(decision).toMatchObject({ ok: false, code }));

  it('when a BTU is exchanged, then the old one is bound to none', () => {
    const old = btuOf('B1', [fact('btu-bound', { btu: 'B1', spreader: 'spr_1', from: 5 })]);
    expect(bindBtu(btuOf('B2', []), 'org_a', [old], { ...command, place: 'spr_1' })).toEqual({
      ok: true,
      value: [
        { type: 'btu-bound', data: { btu: 'B2', spreader: 'spr_1', from: now } },
        { type: 'btu-bound', data: { btu: 'B1', spreader: null, from: now } },
      ],
    });
  });
});

it('puts facts about one thing into one stream', () => {
  expect(placeOfFact({ type: 'spreader-assigned', data: { spreader: 'spr_1', crane: null, from: 1 } })).toEqual({
    stream: 'spreader-spr_1',
    key: 'spr_1',
  });
  expect(placeOfFact({ type: 'btu-bound', data: { btu: 'B1', spreader: null, from: 1 } })).toEqual({
    stream: 'btu-B1',
    key: 'B1',
  });
});
