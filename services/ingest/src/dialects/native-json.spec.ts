import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { zstd } from '@quaywatch/runtime';
import { inflatedLimit, prepareInflate } from './inflate';
import { nativeJson } from './native-json';
import { testSession } from './test-session';

const frame = (more: object = {}): Record<string, unknown> => ({
  v: 1,
  stream: 'live',
  sid: null,
  bid: 'B1',
  boot: 1,
  seq: 1,
  tsDev: 1000,
  up: 0,
  tsSent: 1000,
  cq: 'NTP',
  hist: false,
  body: { signals: { 'hyd.oilTemp': { t: [0, 10], values: [41.5, null] } } },
  ...more,
});
const decode = (payload: string | Uint8Array, stream = 'live') =>
  nativeJson.decode(
    `bsms/v1/B1/${stream}`,
    typeof payload === 'string' ? new TextEncoder().encode(payload) : payload,
    testSession('B1'),
  );
const column = (name: string): string => JSON.stringify(frame()).replace('hyd.oilTemp', name);

describe('native JSON', () => {
  it('decodes a frame', () => {
    expect(decode(JSON.stringify(frame()))).toEqual({ ok: true, frames: [frame()] });
  });

  it('knows its topics, of this device only', () => {
    expect(nativeJson.speaks('bsms/v1/B1/live', 'B1')).toBe(true);
    expect(nativeJson.speaks('bsms/v1/B2/live', 'B1')).toBe(false);
    expect(nativeJson.speaks('bsms/v1/B1/live/x', 'B1')).toBe(false);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /not JSON/],
    ['NaN', JSON.stringify(frame()).replace('41.5', 'NaN'), /not JSON/],
    ['a number beyond all numbers', JSON.stringify(frame()).replace('41.5', '1e999'), /./],
    ['ill-formed UTF-8', new Uint8Array([0x22, 0xff, 0x22]), /not UTF-8/],
    ['deep brackets', '['.repeat(100_000), /deeper/],
    ['another version', JSON.stringify(frame({ v: 2 })), /^v: /],
    ['an unknown key', JSON.stringify(frame({ tenant: 'org_b' })), /tenant/],
    ['another stream', JSON.stringify(frame({ stream: 'event' })), /topic of live/],
    ['another device', JSON.stringify(frame({ bid: 'B2' })), /certificate/],
    ['seq 0', JSON.stringify(frame({ seq: 0 })), /^seq: /],
    ['a seq that is no integer', JSON.stringify(frame({ seq: 2 ** 53 })), /^seq: /],
    ['fewer values than times', JSON.stringify(frame({ body: { signals: { x: { t: [0, 1], values: [1] } } } })), /x: /],
    ['U+0000 in a value', JSON.stringify(frame()).replace('41.5', '"a\\u0000b"'), /U\+0000/],
    ['U+0000 in a name', column('a\\u0000'), /U\+0000/],
    ['half a surrogate pair', JSON.stringify(frame()).replace('41.5', '"\\ud800"'), /surrogate/],
    ['a key __proto__', column('__proto__'), /__proto__/],
    ['a key __proto__, escaped', column('_\\u005fproto__'), /__proto__/],
  ])('refuses %s', (_, payload, reason) => {
    const decoded = decode(payload);
    expect(decoded.ok).toBe(false);
    if (!decoded.ok) expect(decoded.reason).toMatch(reason);
  });

  const move = { move: '01KAZ2V6E0G4T2M1P8RQ5W7XYZ', start: -90_000, class: 'single40', boxes: 1, total: 7 };
  const axes = [
    { quantity: 'range', edges: [0, 10, 20] },
    { quantity: 'mean', edges: [0, 5, 10, 15] },
  ];
  const hist = {
    signal: 'load.total',
    counted: 'cycles',
    length: 3_600_000,
    axes,
    counts: [1, 2, 3, 4, 5, 6],
    outside: 0,
  };

  it.each<[string, object]>([
    ['move', { ...move, features: { 'tl[1].lockTime': 1180 } }],
    ['move', { ...move, class: null, boxes: null, total: null, features: {} }],
    ['hist', hist],
    ['hist', { ...hist, axes: axes.slice(0, 1), counts: [0.5, 2] }],
  ])('decodes a frame of stream %s', (stream, body) => {
    expect(decode(JSON.stringify(frame({ stream, body })), stream)).toMatchObject({ ok: true, frames: [{ body }] });
  });

  it.each<[string, string, object, RegExp]>([
    ['a move that is no ULID', 'move', { ...move, move: 'm1', features: {} }, /body\.move/],
    ['a move that ends before it starts', 'move', { ...move, start: 1, features: {} }, /body\.start/],
    ['a move of a class of its own', 'move', { ...move, class: 'piano', features: {} }, /body\.class/],
    ['a move with a text for a feature', 'move', { ...move, features: { x: 'y' } }, /body\.features/],
    ['edges that fall', 'hist', { ...hist, axes: [{ quantity: 'value', edges: [2, 1] }], counts: [1] }, /rise/],
    ['edges that stand still', 'hist', { ...hist, axes: [{ quantity: 'value', edges: [1, 1] }], counts: [1] }, /rise/],
    ['fewer counts than bins', 'hist', { ...hist, counts: [1, 2] }, /6 counts/],
    ['a count below zero', 'hist', { ...hist, counts: [1, 2, 3, 4, 5, -6] }, /body\.counts/],
    ['three axes', 'hist', { ...hist, axes: [...axes, axes[0]] }, /body\.axes/],
  ])('refuses %s', (_, stream, body, reason) => {
    const decoded = decode(JSON.stringify(frame({ stream, body })), stream);
    expect(decoded.ok).toBe(false);
    if (!decoded.ok) expect(decoded.reason).toMatch(reason);
  });

  it('takes other characters as they are', () => {
    const body = { code: 'E1', location: null, active: true, severity: 'watch', text: 'Öl 🛢 niedrig' };
    expect(decode(JSON.stringify(frame({ stream: 'alarm', body })), 'alarm')).toMatchObject({
      ok: true,
      frames: [{ body: { text: 'Öl 🛢 niedrig' } }],
    });
  });

  describe('compressed', () => {
    beforeAll(() => prepareInflate());
    const text = Buffer.from(JSON.stringify(frame()));
    const bomb = Buffer.alloc(inflatedLimit + 1, ' ');

    it.each([
      ['gzip', gzipSync(text)],
      ['zstd', () => zstd.compress(text, 3)],
    ])('takes %s', (_, payload) => {
      expect(decode(typeof payload === 'function' ? payload() : payload)).toEqual({ ok: true, frames: [frame()] });
    });

    it.each<[string, () => Uint8Array, RegExp]>([
      ['a gzip bomb', () => gzipSync(bomb), /more than/],
      ['a zstd bomb', () => zstd.compress(bomb, 3), /more than/],
      ['gzip that is cut off', () => gzipSync(text).subarray(0, 40), /gzip that cannot/],
      ['zstd that is cut off', () => zstd.compress(text, 3).subarray(0, 40), /zstd/],
      ['two zstd frames', () => Buffer.concat([zstd.compress(text, 3), zstd.compress(text, 3)]), /zstd/],
      ['a zstd magic number', () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), /without its size/],
    ])('refuses %s', (_, payload, reason) => {
      const decoded = decode(payload());
      expect(decoded.ok).toBe(false);
      if (!decoded.ok) expect(decoded.reason).toMatch(reason);
    });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decode(bytes)));
    fc.assert(fc.property(fc.jsonValue(), (value) => void decode(JSON.stringify(frame({ body: value })))));
  });
});
