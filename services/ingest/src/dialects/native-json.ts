import {
  deviceStreams,
  deviceTopic,
  histogramFault,
  nativeFrame,
  nativeTopicRoot,
  type DeviceStream,
} from '@quaywatch/contracts';
import type { Decoded, Dialect } from './dialect';
import { expressFrame } from './express-frame';
import { inflate, inflatedLimit } from './inflate';
import { plainFrame } from './plain-frame';

const decoder = new TextDecoder('utf-8', { fatal: true });
const deepest = 8;

/** JSON text of a payload, plain or compressed, with nothing in it that harms others; or why not. */
export function readJson(payload: Uint8Array, depth: number): { ok: true; value: unknown } | Refused {
  const inflated = inflate(payload);
  if (!inflated.ok) return inflated;
  let value: unknown;
  let text: string;
  try {
    text = decoder.decode(inflated.bytes);
    if (tooDeep(text, depth)) return refused(`nested deeper than ${depth}`);
    value = JSON.parse(text);
  } catch (error) {
    return refused(error instanceof SyntaxError ? 'not JSON' : 'not UTF-8');
  }
  // Only an escape can bring in what UTF-8 and JSON refuse as they are: without one there is nothing to look for.
  const unsafe = text.includes('\\u') || text.includes('__proto__') ? unsafePart(value) : undefined;
  return unsafe ? refused(unsafe) : { ok: true, value };
}

/** The platform's own JSON, version 1 (`contracts/device/native-json`), plain, gzip or zstd. */
export const nativeJson: Dialect = {
  name: 'native JSON v1',
  topics: deviceStreams.map((stream) => deviceTopic('<serial>', stream)).join(', '),
  limits: { 'bytes inflated': inflatedLimit, 'levels of nesting': deepest },
  speaks: (topic, btu) => streamOf(topic, btu) !== undefined,
  express(topic, bytes, session, from = 0, end = bytes.length) {
    session.serial ??= new TextEncoder().encode(session.btu);
    if (session.native?.topic !== topic) session.native = { topic, stream: streamOf(topic, session.btu) };
    const frame = expressFrame(bytes, session.serial, session.btu, from, end);
    return frame?.stream === session.native.stream ? frame : undefined;
  },
  decode(topic, payload, { btu }): Decoded {
    const stream = streamOf(topic, btu) as DeviceStream;
    const json = readJson(payload, deepest);
    if (!json.ok) return json;
    let frame = plainFrame(json.value);
    if (!frame) {
      const parsed = nativeFrame.safeParse(json.value);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        return refused(`${issue?.path.map(String).join('.') || 'frame'}: ${issue?.message ?? 'not valid'}`);
      }
      frame = parsed.data;
    }
    if (frame.stream !== stream) return refused(`stream ${frame.stream} on the topic of ${stream}`);
    if (frame.bid !== btu) return refused(`says it is ${frame.bid}, its certificate says ${btu}`);
    const uneven = 'signals' in frame.body && !Array.isArray(frame.body.signals) && unevenColumn(frame.body.signals);
    if (uneven) return refused(`${uneven}: as many times as values are needed`);
    const odd = frame.stream === 'hist' ? histogramFault(frame.body) : undefined;
    return odd ? refused(odd) : { ok: true, frames: [frame] };
  },
};

const prefix = `${nativeTopicRoot}/`;
const streams: ReadonlySet<string> = new Set(deviceStreams);

/** Stream of `deviceTopic(btu, stream)`; no topic is built, since this runs once a message. */
function streamOf(topic: string, btu: string): DeviceStream | undefined {
  const end = prefix.length + btu.length;
  if (!topic.startsWith(prefix) || !topic.startsWith(btu, prefix.length) || topic[end] !== '/') return undefined;
  const stream = topic.slice(end + 1);
  return streams.has(stream) ? (stream as DeviceStream) : undefined;
}

interface Refused {
  readonly ok: false;
  readonly reason: string;
}
const refused = (reason: string): Refused => ({ ok: false, reason });

function unevenColumn(
  signals: Readonly<Record<string, { t: readonly number[]; values: readonly unknown[] }>>,
): string | undefined {
  return Object.entries(signals).find(([, column]) => column.t.length !== column.values.length)?.[0];
}

/**
 * What valid JSON may hold and still harm others: U+0000 and halves of surrogate pairs, which PostgreSQL refuses in
 * text, and keys that mean something to JavaScript, which a parser would silently drop.
 */
function unsafePart(value: unknown): string | undefined {
  if (typeof value === 'string') return unsafeText(value) ? 'text with U+0000 or half a surrogate pair' : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return firstUnsafe(value);
  if (Object.hasOwn(value, '__proto__')) return 'a key __proto__';
  return firstUnsafe(Object.keys(value)) ?? firstUnsafe(Object.values(value));
}

function firstUnsafe(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    if (typeof value === 'number' || typeof value === 'boolean') continue;
    const unsafe = unsafePart(value);
    if (unsafe) return unsafe;
  }
  return undefined;
}

const unsafeText = (text: string): boolean => /\0|\p{Surrogate}/u.test(text);

/** Counts brackets outside strings, so that a bomb of brackets never reaches the parser. */
function tooDeep(text: string, most: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 123 || c === 91) {
      if (++depth > most) return true;
    } else if (c === 125 || c === 93) depth--;
  }
  return false;
}
