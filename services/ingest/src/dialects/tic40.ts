import {
  nativeTopicRoot,
  ticPoms,
  ticReadings as ticReleases,
  ticTenses,
  type NativeFrame,
  type TicMapping,
  type TicReading,
} from '@quaywatch/contracts';
import type { Instant } from '@quaywatch/kernel';
import type { Decoded, Dialect, DialectSession } from './dialect';
import { inflatedLimit } from './inflate';
import { readJson } from './native-json';
import { framesOf, type Sample } from './signal-columns';

/** Topic on which a device sends TIC 4.0. */
export const ticTopic = (btu: string): string => `${nativeTopicRoot}/${btu}/tic`;

/** TIC messages nest deeper than our own. */
const deepest = 24;
/** Most values with a time in a message. */
const valueLimit = 5000;

type Convert = (value: unknown, unit: string | undefined) => number | boolean | string | null | undefined;

const state: Convert = (value) => (typeof value === 'boolean' ? value : undefined);
const tonnes: Convert = (value, unit) => {
  if (typeof value !== 'number') return undefined;
  if (unit === undefined || /^(t|ton|tons|tonne)$/i.test(unit)) return value;
  return /^kg$/i.test(unit) ? value / 1000 : undefined;
};
const converterOf = (reading: TicReading): Convert => {
  if (reading.kind === 'one_of') return (value) => (value === true ? reading.value : undefined);
  return reading.kind === 'state' ? state : tonnes;
};

const knownPoms = new Set(ticPoms);
const knownTenses = new Set(ticTenses);

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * TIC 4.0 JSON of one spreader, by `msg.version`: states of twistlocks and landing pins, landed, twin, length and load as
 * samples, `health[].errormessage[]` as alarms. What has no signal of ours is passed over; a message with nothing of ours
 * is not decoded. `idthread` and `idsequence` make it unique; without them what is sent twice is stored twice.
 */
export const tic40: Dialect = {
  name: `TIC 4.0 JSON (${[...ticReleases.keys()].join(', ')})`,
  topics: ticTopic('<serial>'),
  limits: { 'bytes inflated': inflatedLimit, 'levels of nesting': deepest, 'values of a message': valueLimit },
  speaks: (topic, btu) => topic === ticTopic(btu),
  decode(_topic, payload, session): Decoded {
    const json = readJson(payload, deepest);
    if (!json.ok) return json;
    const { value } = json;
    const msg = isTree(value) ? value.msg : undefined;
    if (!isTree(value) || !isTree(msg)) return refused('no msg');
    const mappings = ticReleases.get(String(msg.version));
    if (!mappings) return refused(`msg.version ${String(msg.version).slice(0, 32)} is not known`);
    const at = timeOf(msg.timestamp ?? msg.creationtimestamp);
    if (at === undefined) return refused('msg without timestamp');
    const spreaders = subjects(value.che).flatMap((che) => subjects(che.spreader));
    if (spreaders.length > 1) return refused('more than one spreader');
    const [spreader] = spreaders;
    const reader = new Reader(at);
    try {
      if (spreader) for (const mapping of mappings) reader.read(spreader, mapping);
      for (const che of subjects(value.che)) for (const health of subjects(che.health)) reader.errors(health);
    } catch (error) {
      if (error instanceof TicFault) return refused(error.message);
      throw error;
    }
    if (reader.samples.length === 0 && reader.alarms.length === 0) return refused('nothing of a spreader in it');
    return toFrames(reader, at, spreader, msg, session);
  },
};

class TicFault extends RangeError {}

interface Alarm {
  readonly code: string;
  readonly text: string;
  readonly active: boolean;
  readonly at: Instant;
}

class Reader {
  readonly samples: Sample[] = [];
  readonly alarms: Alarm[] = [];
  private values = 0;

  constructor(private readonly now: Instant) {}

  read(spreader: Tree, { path, signal, poms, reading }: TicMapping): void {
    const convert = converterOf(reading);
    const [subject, star, ...rest] = path.split('.') as [string, ...string[]];
    if (star !== '*') return this.concept(spreader, [subject, star as string], signal, poms, convert);
    subjects(spreader[subject]).forEach((part, index) => {
      const position = positionOf(part) ?? index + 1;
      if (!Number.isInteger(position) || position < 1 || position > 8) throw new TicFault(`${subject} ${position}`);
      this.concept(part, rest, signal.replace('[n]', `[${position}]`), poms, convert);
    });
  }

  errors(health: Tree): void {
    for (const message of subjects(health.errormessage)) {
      const code = message.mcode ?? message.spncode ?? message.name;
      if (typeof code !== 'string' && typeof code !== 'number') continue;
      this.count();
      this.alarms.push({
        code: String(code).slice(0, 64),
        text: String(message.description ?? message.name ?? '').slice(0, 256),
        active: message.value !== false && message.value !== 0,
        at: timeOf(message.timestamp) ?? this.now,
      });
    }
  }

  private concept(
    from: Tree,
    path: readonly string[],
    signal: string,
    poms: readonly string[],
    convert: Convert,
  ): void {
    let place: unknown = from;
    for (const step of path) place = isTree(place) ? place[step] : undefined;
    const seen = new Set<string>();
    // The best point of measurement that is there; a sensor and the state made of it would be the same value twice.
    const entries = subjects(place).filter((entry) => this.known(entry, path, seen));
    const pom = poms.find((wanted) => entries.some((entry) => entry.pom === wanted));
    for (const entry of entries) {
      if (entry.pom !== pom || (entry.pomt !== 'actual' && entry.pomt !== 'historic')) continue;
      const value = convert(entry.value, typeof entry.unit === 'string' ? entry.unit : undefined);
      const at = timeOf(entry.timestamp);
      if (at === undefined) throw new TicFault(`${path.join('.')} without timestamp`);
      if (value === undefined) continue;
      this.count();
      this.samples.push({ signal, at, value, historical: entry.pomt === 'historic' });
    }
  }

  private known(entry: Tree, path: readonly string[], seen: Set<string>): boolean {
    const name = path.join('.');
    if (!knownPoms.has(String(entry.pom))) throw new TicFault(`${name}: pom ${String(entry.pom).slice(0, 32)}`);
    if (!knownTenses.has(String(entry.pomt))) throw new TicFault(`${name}: pomt ${String(entry.pomt).slice(0, 32)}`);
    const key = ['arrayid', 'id', 'name', 'pom', 'pomt', 'reference', 'unit', 'timestamp']
      .map((field) => String(entry[field] ?? ''))
      .join('\0');
    if (seen.has(key)) throw new TicFault(`${name}: more than one element with same timestamp and key fields`);
    seen.add(key);
    return true;
  }

  private count(): void {
    if (++this.values > valueLimit) throw new TicFault(`more than ${valueLimit} values`);
  }
}

/** Frames that a thread can tell apart in one message: two of each stream, and its alarms. */
const lanes = 128;

function toFrames(
  reader: Reader,
  at: Instant,
  spreader: Tree | undefined,
  msg: Tree,
  session: DialectSession,
): Decoded {
  const number = numberOf(msg.idsequence);
  const thread = typeof msg.idthread === 'string' && number !== undefined ? hash(msg.idthread) : undefined;
  const sid = typeof spreader?.id === 'string' ? spreader.id.slice(0, 64) : null;
  // Numbers without holes, so that what is stored can be remembered in a few words.
  const name = (stream: string, lane: number): { boot: number; seq: number } =>
    thread === undefined
      ? { boot: session.openedAt, seq: (session.numbers[stream] = (session.numbers[stream] ?? 0) + 1) }
      : { boot: thread * lanes + lane, seq: (number as number) + 1 };
  if (reader.alarms.length >= lanes) return refused(`more than ${lanes - 1} error messages`);
  const found = framesOf(reader.samples, {
    sid,
    btu: session.btu,
    at,
    up: 0,
    next: (stream, historical) => name(stream, historical ? 1 : 0),
  });
  if (!found.ok) return found;
  const alarms = reader.alarms.map((alarm, i): NativeFrame => ({
    v: 1,
    stream: 'alarm',
    sid,
    bid: session.btu,
    ...name('alarm', i),
    tsDev: alarm.at,
    up: 0,
    tsSent: at,
    cq: 'NTP',
    hist: false,
    body: { code: alarm.code, location: null, active: alarm.active, severity: 'watch', text: alarm.text },
  }));
  return { ok: true, frames: [...found.frames, ...alarms] };
}

const subjects = (value: unknown): Tree[] =>
  Array.isArray(value) ? value.filter(isTree) : isTree(value) ? [value] : [];

function positionOf(part: Tree): number | undefined {
  const technical = isTree(part.location) ? subjects(part.location.technical)[0]?.value : undefined;
  const position = typeof part.number === 'number' ? part.number : Number.parseInt(String(technical), 10);
  return Number.isNaN(position) ? undefined : position;
}

/** RFC 3339 with a zone. */
function timeOf(value: unknown): Instant | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value))
    return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) && number >= 0 && number < 2 ** 40 ? number : undefined;
}

/** FNV-1a, 32 bits: names a thread of messages. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

const refused = (reason: string): Decoded => ({ ok: false, reason });
