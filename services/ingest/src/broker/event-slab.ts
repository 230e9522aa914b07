import type { Instant } from '@quaywatch/kernel';
import type { EncodedEvent } from '@quaywatch/ports';
import { fieldsOfColumn, type ExpressFrame } from '../dialects/express-frame';
import { spreaderAt, type Device } from '../devices/registry';

const slabBytes = 262_144;
/** Most bytes of a number as JSON. */
const numeralBytes = 25;
const mostTexts = 20_000;

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const part = {
  id: utf8('{"id":"evt_'),
  type: utf8('","type":"samples-received","v":1,"source":"ingest","org":'),
  key: utf8(',"key":'),
  time: utf8(',"time":'),
  btu: utf8(',"data":{"btu":'),
  spreader: utf8(',"spreader":'),
  boot: utf8(',"boot":'),
  seq: utf8(',"seq":'),
  receivedAt: utf8(',"receivedAt":'),
  historical: { true: utf8(',"historical":true,"clock":"'), false: utf8(',"historical":false,"clock":"') },
  clockOffset: utf8('","clockOffset":'),
  samples: utf8(',"samples":['),
  signal: utf8('{"signal":'),
  at: utf8(',"at":['),
  values: utf8('],"values":'),
  end: utf8(']}}'),
  null: utf8('null'),
} as const;
const fixedBytes = 1024;
const streams = {
  live: { id: utf8('.live.'), data: utf8(',"stream":"live"') },
  event: { id: utf8('.event.'), data: utf8(',"stream":"event"') },
} as const;

/**
 * Writes the events of frames of samples as JSON, in the bytes that the log stores: the same, byte for byte, as the JSON of
 * what `frameEvent` makes of them (a test holds the two together). No object and no text is made on the way: ten
 * thousand a second of them cost more than all the rest of a frame's way. Many events share one slab of memory.
 */
export class EventSlab {
  private slab = Buffer.allocUnsafeSlow(slabBytes);
  private at = 0;
  private readonly quoted = new Map<string, Uint8Array>();
  private readonly plain = new Map<string, Uint8Array>();

  /** The event of a frame that came at `receivedAt`; `offset` is added to its times, ms. */
  write(device: Device, frame: ExpressFrame, offset: number, receivedAt: Instant): EncodedEvent {
    const at = frame.tsDev + offset;
    const spreader = spreaderAt(device, at);
    const key = spreader ?? device.btu;
    const { stream, count, columns, bytes, size, times } = frame;
    const timesCount = count === 0 ? 0 : (columns[(count - 1) * fieldsOfColumn + 2] as number);
    const texts = 6 * (device.org.length + 2 * key.length + 2 * device.btu.length);
    this.reserve(fixedBytes + texts + size + 64 * count + numeralBytes * timesCount);
    const from = this.at;
    const words = streams[stream];
    this.put(part.id);
    this.put(this.plainly(frame.bid));
    this.slab[this.at++] = 46;
    this.number(frame.boot);
    this.put(words.id);
    this.number(frame.seq);
    this.put(part.type);
    this.put(this.quote(device.org));
    this.put(part.key);
    this.put(this.quote(key));
    this.put(part.time);
    this.number(at);
    this.put(part.btu);
    this.put(this.quote(device.btu));
    this.put(part.spreader);
    this.put(spreader === null ? part.null : this.quote(spreader));
    this.put(words.data);
    this.put(part.boot);
    this.number(frame.boot);
    this.put(part.seq);
    this.number(frame.seq);
    this.put(part.receivedAt);
    this.number(receivedAt);
    this.put(frame.hist ? part.historical.true : part.historical.false);
    this.put(this.plainly(frame.cq));
    this.put(part.clockOffset);
    this.number(offset);
    this.put(part.samples);
    let time = 0;
    for (let column = 0; column < count; column++) {
      const field = column * fieldsOfColumn;
      if (column > 0) this.slab[this.at++] = 44;
      this.put(part.signal);
      this.copy(bytes, columns[field] as number, columns[field + 1] as number);
      this.put(part.at);
      const end = columns[field + 2] as number;
      for (const first = time; time < end; time++) {
        if (time > first) this.slab[this.at++] = 44;
        this.number(at + (times[time] as number));
      }
      this.put(part.values);
      this.copy(bytes, columns[field + 3] as number, columns[field + 4] as number);
      this.slab[this.at++] = 125;
    }
    this.put(part.end);
    return { key, json: this.slab.subarray(from, this.at) };
  }

  private reserve(most: number): void {
    if (this.slab.length - this.at >= most) return;
    this.slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, most));
    this.at = 0;
  }

  private put(bytes: Uint8Array): void {
    this.copy(bytes, 0, bytes.length);
  }

  // A loop: what is copied is mostly shorter than a call of `set` takes.
  private copy(bytes: Uint8Array, from: number, to: number): void {
    const { slab } = this;
    let { at } = this;
    for (let i = from; i < to; i++) slab[at++] = bytes[i] as number;
    this.at = at;
  }

  /** As JSON.stringify writes it: what is no number of JSON becomes null. */
  private number(value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER && Number.isInteger(value)) this.whole(value);
    else this.at += this.slab.write(Number.isFinite(value) ? String(value) : 'null', this.at, 'latin1');
  }

  private whole(value: number): void {
    const high = Math.floor(value / 1e8);
    if (high > 0) {
      this.whole(high);
      this.digits(value - high * 1e8, 8);
    } else {
      let places = 1;
      for (let limit = 10; value >= limit; limit *= 10) places++;
      this.digits(value, places);
    }
  }

  /** A number below 10^8, with zeros before it. */
  private digits(value: number, places: number): void {
    let rest = value | 0;
    for (let i = this.at + places - 1; i >= this.at; i--) {
      const next = (rest / 10) | 0;
      this.slab[i] = 48 + rest - next * 10;
      rest = next;
    }
    this.at += places;
  }

  private quote(text: string): Uint8Array {
    return remembered(this.quoted, text, JSON.stringify);
  }

  private plainly(text: string): Uint8Array {
    return remembered(this.plain, text, String);
  }
}

function remembered(known: Map<string, Uint8Array>, text: string, write: (text: string) => string): Uint8Array {
  let bytes = known.get(text);
  if (bytes) return bytes;
  if (known.size >= mostTexts) known.clear();
  known.set(text, (bytes = utf8(write(text))));
  return bytes;
}
