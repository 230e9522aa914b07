import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Decoded } from './dialect';
import { signalOf, sparkplug } from './sparkplug';
import { readPayload, writePayload } from './sparkplug-payload';
import { testSession } from './test-session';

const at = 1_700_000_000_000;
const group = 'port.west';
const bdSeq = (value: number): object => ({ name: 'bdSeq', datatype: 4, long_value: value });
const topic = (kind: string, device?: string): string => `spBv1.0/${group}/${kind}/B1${device ? `/${device}` : ''}`;
const births = [
  bdSeq(7),
  { name: 'Node Control/Rebirth', datatype: 11, boolean_value: false },
  { name: 'Properties/Firmware', datatype: 12, string_value: '4.2.1' },
  { name: 'cab/temp', alias: 1, datatype: 9, float_value: 21.5 },
  { name: 'op/hours', alias: 2, datatype: 2, int_value: 65_535 },
];

class Node {
  readonly session = testSession('B1');
  send(kind: string, seq: number | undefined, metrics: object[], device?: string, when = at): Decoded {
    const payload = writePayload({ timestamp: when, ...(seq === undefined ? {} : { seq }), metrics: metrics as never });
    return sparkplug.decode(topic(kind, device), payload, this.session);
  }
  born(): this {
    expect(
      sparkplug.will?.(topic('NDEATH'), writePayload({ metrics: [bdSeq(7) as never] }), this.session),
    ).toBeUndefined();
    expect(this.send('NBIRTH', 0, births).ok).toBe(true);
    return this;
  }
}
const reasonOf = (decoded: Decoded): string => (decoded.ok ? '' : decoded.reason);

describe('Sparkplug B', () => {
  it('knows the topics of this edge node, and what it may hear', () => {
    expect(sparkplug.speaks(topic('NDATA'), 'B1')).toBe(true);
    expect(sparkplug.speaks(topic('DDATA', 'SPR-1'), 'B1')).toBe(true);
    expect(sparkplug.speaks(topic('NDATA'), 'B2')).toBe(false);
    expect(sparkplug.speaks(topic('NDATA', 'SPR-1'), 'B1')).toBe(false);
    expect(sparkplug.speaks(topic('DDATA'), 'B1')).toBe(false);
    expect(sparkplug.speaks(topic('NCMD'), 'B1')).toBe(false);
    expect(sparkplug.hears?.(topic('NCMD'), 'B1')).toBe(true);
    expect(sparkplug.hears?.(topic('DCMD', 'SPR-1'), 'B1')).toBe(true);
    expect(sparkplug.hears?.('spBv1.0/+/NCMD/B1', 'B1')).toBe(false);
    expect(sparkplug.hears?.('spBv1.0/g/NCMD/B2', 'B1')).toBe(false);
    expect(sparkplug.hears?.('spBv1.0/STATE/quaywatch', 'B1')).toBe(true);
    expect(sparkplug.hears?.('spBv1.0/#', 'B1')).toBe(false);
  });

  it('takes what it can of a birth with metrics that are no samples, and says what it leaves', () => {
    const odd = [
      { name: '_types_/Motor', datatype: 19 },
      { name: 'history', alias: 8, datatype: 16 },
      { name: 'spectrum', alias: 9, datatype: 30 },
    ];
    const node = new Node();
    const decoded = node.send('NBIRTH', 0, [...births, ...odd]);
    expect(decoded).toMatchObject({
      ok: true,
      frames: [{ stream: 'birth' }, { body: { signals: { 'cab.temp': { values: [21.5] } } } }, { stream: 'event' }],
      left: 'metrics that are not taken: _types_/Motor (Template), history (DataSet), spectrum (array)',
    });
    expect(
      node.send('NDATA', 1, [
        { alias: 8, datatype: 16 },
        { alias: 1, float_value: 20 },
      ]),
    ).toMatchObject({
      ok: true,
      frames: [{ body: { signals: { 'cab.temp': { values: [20] } } } }],
    });
    const device = node.send('DBIRTH', 2, [{ name: 'firmware', datatype: 18 }], 'SPR-1');
    expect(device).toMatchObject({ ok: true, frames: [], left: 'metrics that are not taken: firmware (File)' });
    expect(new Node().send('NBIRTH', 0, births)).not.toHaveProperty('left');
  });

  it('makes a birth and its values of an NBIRTH, with signed numbers', () => {
    const decoded = new Node().send('NBIRTH', 0, births);
    expect(decoded).toMatchObject({
      ok: true,
      frames: [
        { stream: 'birth', boot: at, seq: 1, body: { firmware: '4.2.1' } },
        { stream: 'live', seq: 1, body: { signals: { 'cab.temp': { t: [0], values: [21.5] } } } },
        { stream: 'event', seq: 1, body: { signals: { 'op.hours': { values: [-1] } } } },
      ],
    });
  });

  it('reads aliases, times of their own, null and what was stored before', () => {
    const node = new Node().born();
    const decoded = node.send('NDATA', 1, [
      { alias: 1, timestamp: at - 500, float_value: 22 },
      { alias: 1, is_null: true },
      { alias: 1, timestamp: at - 60_000, is_historical: true, float_value: 20 },
    ]);
    expect(decoded).toMatchObject({
      ok: true,
      frames: [
        {
          stream: 'live',
          seq: 2,
          hist: false,
          body: { signals: { 'cab.temp': { t: [-500, 0], values: [22, null] } } },
        },
        { stream: 'live', seq: 3, hist: true, body: { signals: { 'cab.temp': { t: [-60_000], values: [20] } } } },
      ],
    });
  });

  it('knows devices by their births', () => {
    const node = new Node().born();
    expect(reasonOf(node.send('DDATA', 1, [{ alias: 9, boolean_value: true }], 'SPR-1'))).toMatch(/not born/);
    expect(
      node.send('DBIRTH', 2, [{ name: 'tl/1/locked', alias: 9, datatype: 11, boolean_value: false }], 'SPR-1').ok,
    ).toBe(true);
    expect(node.send('DDATA', 3, [{ alias: 9, boolean_value: true }], 'SPR-1')).toMatchObject({
      ok: true,
      frames: [{ stream: 'event', sid: 'SPR-1', body: { signals: { 'tl[1].locked': { values: [true] } } } }],
    });
    expect(node.send('DDEATH', 4, [], 'SPR-1')).toEqual({ ok: true, frames: [] });
    expect(reasonOf(node.send('DDATA', 5, [{ alias: 9, boolean_value: true }], 'SPR-1'))).toMatch(/not born/);
  });

  it('asks for a rebirth, once, of data without a birth, a gap and an unknown alias', () => {
    const early = new Node();
    expect(reasonOf(early.send('NDATA', 1, []))).toMatch(/before NBIRTH/);
    early.send('NDATA', 2, []);
    expect(early.session.replies).toHaveLength(1);
    expect(early.session.replies[0]?.topic).toBe(topic('NCMD'));
    expect(readPayload(early.session.replies[0]?.payload as Uint8Array)?.metrics).toEqual([
      { name: 'Node Control/Rebirth', datatype: 11, boolean_value: true },
    ]);

    const gap = new Node().born();
    // What came is kept.
    expect(gap.send('NDATA', 3, [{ alias: 1, float_value: 1 }]).ok).toBe(true);
    expect(gap.session.replies).toHaveLength(1);

    const unknown = new Node().born();
    expect(reasonOf(unknown.send('NDATA', 1, [{ alias: 77, float_value: 1 }]))).toMatch(/77 was not born/);
    expect(unknown.session.replies).toHaveLength(1);
  });

  it('counts seq round from 255 to 0, and refuses one that comes twice', () => {
    const node = new Node().born();
    for (let seq = 1; seq <= 300; seq++)
      expect(node.send('NDATA', seq % 256, [{ alias: 1, float_value: 1 }]).ok).toBe(true);
    expect(node.session.replies).toEqual([]);
    expect(reasonOf(node.send('NDATA', 300 % 256, [{ alias: 1, float_value: 1 }]))).toMatch(/twice/);
  });

  it('checks bdSeq against the last will', () => {
    const node = new Node();
    sparkplug.will?.(topic('NDEATH'), writePayload({ metrics: [bdSeq(8) as never] }), node.session);
    expect(reasonOf(node.send('NBIRTH', 0, births))).toMatch(/bdSeq 7, its last will says 8/);
    expect(sparkplug.will?.(topic('NDEATH'), writePayload({ metrics: [] }), node.session)).toMatch(/without bdSeq/);
    expect(sparkplug.will?.(topic('NDATA'), writePayload({ metrics: [bdSeq(1) as never] }), node.session)).toMatch(
      /NDEATH/,
    );
  });

  it('takes an old NDEATH for nothing, its own for the end', () => {
    const node = new Node().born();
    expect(node.send('NDEATH', undefined, [bdSeq(6)]).ok).toBe(true);
    expect(node.send('NDATA', 1, [{ alias: 1, float_value: 1 }]).ok).toBe(true);
    expect(node.send('NDEATH', undefined, [bdSeq(7)]).ok).toBe(true);
    expect(reasonOf(node.send('NDATA', 2, [{ alias: 1, float_value: 1 }]))).toMatch(/before NBIRTH/);
  });

  it('goes on counting after a rebirth', () => {
    const node = new Node().born();
    const again = node.send('NBIRTH', 0, births, undefined, at + 1000);
    expect(again).toMatchObject({
      ok: true,
      frames: [
        { boot: at, seq: 2 },
        { boot: at, seq: 2 },
        { boot: at, seq: 2 },
      ],
    });
  });

  it.each<[string, object[], RegExp]>([
    [
      'the same alias twice',
      [
        { name: 'a', alias: 1, datatype: 9 },
        { name: 'b', alias: 1, datatype: 9 },
      ],
      /alias 1 is taken/,
    ],
    ['a metric without a name', [{ alias: 1, datatype: 9 }], /without a name/],
    ['a name that is too long', [{ name: 'x'.repeat(65), datatype: 9 }], /64/],
  ])('refuses a birth with %s', (_, metrics, reason) => {
    expect(reasonOf(new Node().send('NBIRTH', 0, [bdSeq(1), ...metrics]))).toMatch(reason);
  });

  it('writes metric names as our signals', () => {
    expect(['tl/1/locked', 'hyd/press', 'hyd.press', 'load/ecc/L', 'eld/1/temp'].map(signalOf)).toEqual([
      'tl[1].locked',
      'hyd.press',
      'hyd.press',
      'load.ecc.L',
      'eld[1].temp',
    ]);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('NBIRTH', 'NDATA', 'NDEATH'), (bytes, kind) => {
        sparkplug.decode(topic(kind), bytes, new Node().born().session);
      }),
    );
  });
});
