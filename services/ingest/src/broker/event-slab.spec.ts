import { describe, expect, it } from '@jest/globals';
import { clockQuality, deviceTopic, type NativeFrame } from '@quaywatch/contracts';
import fc from 'fast-check';
import { nativeJson } from '../dialects/native-json';
import type { DialectSession } from '../dialects';
import type { ExpressFrame } from '../dialects/express-frame';
import type { Device } from '../devices/registry';
import { EventSlab } from './event-slab';
import { frameEvent, frameSpan } from './frame-event';

const btu = 'BTU-1';
const session = (): DialectSession => ({ btu, openedAt: 0, numbers: {}, reply: () => undefined });
const slab = new EventSlab();

/** What became of a payload on the express way; the very event that the other way makes of it, or nothing. */
function express(payload: Uint8Array, device: Device, offset: number, receivedAt: number): string | undefined {
  for (const stream of ['live', 'event'] as const) {
    const topic = deviceTopic(btu, stream);
    const frame = nativeJson.express?.(topic, payload, session());
    if (!frame) continue;
    const decoded = nativeJson.decode(topic, payload, session());
    if (!decoded.ok) throw new Error(`taken, but ${decoded.reason}`);
    const [reference] = decoded.frames as [NativeFrame];
    const event = frameEvent(device, reference, offset, receivedAt);
    const { key, json } = slab.write(device, frame, offset, receivedAt);
    expect(key).toBe(event.key);
    expect(Buffer.from(json as Uint8Array).toString()).toBe(JSON.stringify(event));
    const { bid, boot, seq, tsDev, up, tsSent, cq, hist, first, last } = frame;
    expect(reference).toMatchObject({ bid, boot, seq, tsDev, up, tsSent, cq, hist, stream });
    expect(frameSpan(reference, offset)).toEqual([tsDev + offset + first, tsDev + offset + last]);
    return JSON.stringify(event);
  }
  return undefined;
}

const whole = fc.integer({ min: 0, max: 2 ** 40 });
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.integer({ min: -99999, max: 99999 }).map((n) => n / 100),
  fc.constantFrom(-0, 1e21, 1e-7, 0.000001, 1e15, 123456789012345.6, -0.5),
);
const value = fc.oneof(number, fc.boolean(), fc.string({ unit: 'binary' }), fc.string(), fc.constant(null));
const column = fc
  .array(fc.tuple(fc.oneof(fc.integer({ min: -5000, max: 0 }), fc.integer(), number), value), { maxLength: 6 })
  .map((samples) => ({ t: samples.map(([t]) => t), values: samples.map(([, v]) => v) }));
const name = fc.oneof(
  fc.constantFrom('hyd.press', 'lock.FL', '0', 'toString', '__proto__', 'a b', 'cab.temp'),
  fc.string({ unit: 'binary' }),
);
const members = {
  v: fc.constant(1),
  stream: fc.constantFrom('live', 'event'),
  sid: fc.oneof(fc.constant(null), fc.string()),
  bid: fc.constant(btu),
  boot: whole,
  seq: whole,
  tsDev: fc.oneof(whole, number),
  up: fc.oneof(whole, number),
  tsSent: whole,
  cq: fc.constantFrom(...clockQuality.options),
  hist: fc.boolean(),
  body: fc.record({ signals: fc.dictionary(name, column, { maxKeys: 4 }) }),
};
const frame = fc
  .tuple(fc.record(members), fc.shuffledSubarray(Object.keys(members), { minLength: 12 }))
  .map(([all, order]) => Object.fromEntries(order.map((key) => [key, all[key as keyof typeof all]])));
const device = fc.record({
  btu: fc.constant(btu),
  org: fc.string({ unit: 'binary' }),
  bindings: fc.array(
    fc.record({ spreader: fc.oneof(fc.constant(null), fc.string({ unit: 'binary' })), from: fc.integer() }),
    { maxLength: 2 },
  ),
}) as unknown as fc.Arbitrary<Device>;
const offset = fc.oneof(fc.constant(0), fc.integer(), number);

describe('the express way of a frame', () => {
  it('makes the very event of the other way, byte for byte, or leaves the payload to it', () => {
    let taken = 0;
    const property = fc.property(frame, device, offset, whole, (anyFrame, ...rest) => {
      if (express(Buffer.from(JSON.stringify(anyFrame)), ...rest) !== undefined) taken++;
    });
    fc.assert(property, { numRuns: 1500 });
    expect(taken).toBeGreaterThan(100);
  });

  it('takes nothing that the other way refuses, however a frame is damaged', () => {
    const spot = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 3 }),
      put: fc.oneof(
        fc.constantFrom('"', '\\', '0', '-', '.', '1e5', ',', '{', '}', '[', ']', ' ', 'null', '\u0001', '\u00e9'),
        fc.constantFrom('"seq":1,', '"hyd.press":{"t":[0],"values":[1]},', '\\u0000', '"__proto__":1,', '0.0'),
        fc.string({ unit: 'binary', maxLength: 3 }),
      ),
    });
    const simple = fc.record({
      ...members,
      body: fc.record({
        signals: fc.dictionary(
          fc.constantFrom('hyd.press', 'lock.FL', 'cab.temp'),
          fc
            .array(fc.tuple(fc.integer({ min: -900, max: 0 }), fc.oneof(fc.nat(), fc.boolean(), fc.constant('on'))))
            .map((samples) => ({ t: samples.map(([t]) => t), values: samples.map(([, v]) => v) })),
        ),
      }),
    });
    const property = fc.property(
      simple,
      fc.array(spot, { minLength: 1, maxLength: 2 }),
      device,
      (one, spots, owner) => {
        let text = JSON.stringify(one);
        for (const { at, cut, put } of spots) {
          const place = at % text.length;
          text = text.slice(0, place) + put + text.slice(place + cut);
        }
        express(Buffer.from(text), owner, 0, 1);
      },
    );
    fc.assert(property, { numRuns: 2000 });
  });

  it('reads a payload where it lies among others, and nothing beyond its end', () => {
    const signals = { 'hyd.press': { t: [0], values: [110.5] }, 'lock.FL': { t: [0], values: ['on'] } };
    const sent = {
      ...{
        v: 1,
        stream: 'live',
        sid: null,
        bid: btu,
        boot: 3,
        seq: 7,
        tsDev: 1,
        up: 5,
        tsSent: 1,
        cq: 'NTP',
        hist: false,
      },
      body: { signals },
    };
    const text = JSON.stringify(sent);
    const among = Buffer.from(`}${text} ${text}`);
    const topic = deviceTopic(btu, 'live');
    const take = (from: number, end: number) => nativeJson.express?.(topic, among, session(), from, end);
    for (const end of [text.length + 1, text.length + 2]) {
      const owner = { btu, org: 'org_1', bindings: [] } as unknown as Device;
      const { json } = slab.write(owner, take(1, end) as ExpressFrame, 0, 9);
      expect(Buffer.from(json as Uint8Array).toString()).toBe(express(Buffer.from(text), owner, 0, 9));
    }
    for (let end = 1; end <= text.length; end++) expect(take(1, end)).toBeUndefined();
    expect(take(1, text.length + 3)).toBeUndefined();
  });

  it('takes what our devices send, padded or with its members in another order', () => {
    const signals = { 'hyd.press': { t: [-500, 0], values: [110.5, null] }, 'lock.FL': { t: [0], values: [true] } };
    const sent = {
      ...{ v: 1, stream: 'live', sid: 'SER-1', bid: btu, boot: 3, seq: 7, tsDev: 1_796_000_000_123, up: 5, cq: 'NTP' },
      ...{ body: { signals }, tsSent: 1_796_000_000_130, hist: false },
    };
    const owner = { btu, org: 'org_1', bindings: [{ spreader: 'spr_1', from: 0 }] } as unknown as Device;
    const text = express(Buffer.from(JSON.stringify(sent).padEnd(400)), owner, 0, 1_796_000_000_140);
    expect(text).toContain('"id":"evt_BTU-1.3.live.7"');
    expect(text).toContain('"at":[1795999999623,1796000000123],"values":[110.5,null]');
  });
});
