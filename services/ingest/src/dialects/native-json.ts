import { deviceStreams, deviceTopic, nativeFrame } from '@quaywatch/contracts';
import type { Decoded, Dialect } from './dialect';

const decoder = new TextDecoder('utf-8', { fatal: true });
const deepest = 8;

/** The platform's own JSON, version 1 (`contracts/device/native-json`). */
export const nativeJson: Dialect = {
  name: 'native JSON v1',
  streamOf: (topic, btu) => deviceStreams.find((stream) => topic === deviceTopic(btu, stream)),
  decode(stream, btu, payload): Decoded {
    let value: unknown;
    try {
      const text = decoder.decode(payload);
      if (tooDeep(text)) return { ok: false, reason: `nested deeper than ${deepest}` };
      value = JSON.parse(text);
    } catch (error) {
      return { ok: false, reason: error instanceof SyntaxError ? 'not JSON' : 'not UTF-8' };
    }
    const unsafe = unsafePart(value);
    if (unsafe) return { ok: false, reason: unsafe };
    const parsed = nativeFrame.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return { ok: false, reason: `${issue?.path.map(String).join('.') || 'frame'}: ${issue?.message ?? 'not valid'}` };
    }
    if (parsed.data.stream !== stream)
      return { ok: false, reason: `stream ${parsed.data.stream} on the topic of ${stream}` };
    if (parsed.data.bid !== btu)
      return { ok: false, reason: `says it is ${parsed.data.bid}, its certificate says ${btu}` };
    const uneven =
      'signals' in parsed.data.body &&
      !Array.isArray(parsed.data.body.signals) &&
      unevenColumn(parsed.data.body.signals);
    if (uneven) return { ok: false, reason: `${uneven}: as many times as values are needed` };
    return { ok: true, frame: parsed.data };
  },
};

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
function tooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 123 || c === 91) {
      if (++depth > deepest) return true;
    } else if (c === 125 || c === 93) depth--;
  }
  return false;
}
