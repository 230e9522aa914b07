import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import { componentOf, fitComponent, placeOf, removeComponent, useOf } from './index';

const fitted = (spreader: string, at: number) => ({
  kind: 'twistlock' as const,
  serial: 'A',
  spreader,
  position: 'TL[3]',
  at,
  by: 'u',
  cyclesBefore: 100,
  note: null,
});
const facts = (...all: [string, object][]) =>
  all.map(([type, data]) => ({ type, data, org: 'org' }) as unknown as EventEnvelope);
const removed = (spreader: string, at: number, scrapped = false) => ({
  serial: 'A',
  spreader,
  at,
  by: 'u',
  reason: 'worn',
  scrapped,
});

describe('a component', () => {
  const life = componentOf(
    facts(
      ['component-fitted', fitted('s1', 10)],
      ['component-removed', removed('s1', 20)],
      ['component-fitted', fitted('s2', 30)],
    ),
  );
  it('has a life across spreaders', () => {
    expect(life.stays.map(({ spreader, from, to }) => [spreader, from, to])).toEqual([
      ['s1', 10, 20],
      ['s2', 30, null],
    ]);
    expect(placeOf(life)?.spreader).toBe('s2');
    expect(life.cyclesBefore).toBe(100);
  });
  it('is at one place at a time', () => {
    expect(fitComponent(life, null, fitted('s3', 40), 50)).toMatchObject({ ok: false, code: 'conflict' });
    expect(removeComponent(life, removed('s1', 40), 50)).toMatchObject({ code: 'not_found' });
    expect(removeComponent(life, removed('s2', 20), 50)).toMatchObject({ code: 'invalid' });
    expect(removeComponent(life, removed('s2', 40), 50)).toMatchObject({ value: [{ data: { position: 'TL[3]' } }] });
  });
  it('takes the place of the one that is there', () => {
    const fresh = componentOf([]);
    expect(
      fitComponent(fresh, { serial: 'A', component: life }, { ...fitted('s2', 40), serial: 'B' }, 50),
    ).toMatchObject({
      value: [
        { type: 'component-removed', data: { serial: 'A' } },
        { type: 'component-fitted', data: { serial: 'B' } },
      ],
    });
    expect(fitComponent(fresh, { serial: 'A', component: life }, fitted('s2', 25), 50)).toMatchObject({
      code: 'invalid',
    });
  });
  it('is not used again when scrapped', () => {
    const scrapped = componentOf(
      facts(['component-fitted', fitted('s1', 10)], ['component-removed', removed('s1', 20, true)]),
    );
    expect(fitComponent(scrapped, null, fitted('s1', 30), 50)).toMatchObject({ code: 'conflict' });
  });
});

it('cycles count every locking; inner corners only twin lifts; damage goes with the cube of the load', () => {
  const move = { lockedAt: 1, lifted: true, twin: false, load: 20 };
  const moves = [
    move,
    { ...move, lifted: false },
    { ...move, lockedAt: null },
    { ...move, load: null },
    { ...move, twin: true, load: 40 },
  ];
  expect(useOf('TL[3]', moves, 40)).toEqual({ cycles: 4, lifts: 3, weighed: 2, damage: 1.125 });
  expect(useOf('TL[5]', moves, 40)).toEqual({ cycles: 1, lifts: 1, weighed: 1, damage: 1 });
});
