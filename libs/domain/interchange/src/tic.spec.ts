import { describe, expect, it } from '@jest/globals';
import { ticPoms, ticTenses, ticVersions } from '@quaywatch/contracts';
import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ticAlarmMessage } from './tic-alarm';
import { toFlat, toNested, type TicLeaf } from './tic-flat';
import { ticMessage, type TicMessage } from './tic-message';
import { testSnapshot } from './test-snapshot';

const schemaFile = fileURLToPath(new URL('../../../../../shared/data/tic/schema.json', import.meta.url));
const envelope = {
  id: 'req_1',
  sender: 'quaywatch',
  destination: 'cli_1',
  topic: 'spreaders/spr_1',
  at: 1_763_000_000_000,
};

interface Schema {
  readonly $schema?: string;
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: boolean;
}

/** What breaks the schema, and which names it does not know. Knows every keyword that the published schema uses, no other. */
function judge(value: unknown, schema: Schema, path = ''): { broken: string[]; unknown: string[] } {
  const known = ['$schema', 'type', 'required', 'properties', 'items', 'additionalProperties'];
  for (const keyword of Object.keys(schema)) if (!known.includes(keyword)) throw new Error(`keyword ${keyword}`);
  const broken: string[] = [];
  const unknown: string[] = [];
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const is = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  if (schema.type !== undefined && schema.type !== is) broken.push(`${path} is ${is}, not ${schema.type}`);
  if (isObject) {
    for (const name of schema.required ?? []) if (!(name in value)) broken.push(`${path} lacks ${name}`);
    for (const [name, inner] of Object.entries(value)) {
      const next = schema.properties?.[name];
      if (!next) {
        unknown.push(`${path}.${name}`);
        if (schema.additionalProperties === false) broken.push(`${path}.${name} is not allowed`);
        continue;
      }
      const found = judge(inner, next, `${path}.${name}`);
      broken.push(...found.broken);
      unknown.push(...found.unknown);
    }
  }
  if (Array.isArray(value) && schema.items) {
    for (const inner of value) {
      const found = judge(inner, schema.items, `${path}[]`);
      broken.push(...found.broken);
      unknown.push(...found.unknown);
    }
  }
  return { broken, unknown: [...new Set(unknown)] };
}

describe('TIC 4.0 message', () => {
  // The published schema is not ours to keep in the repository; CI must have it.
  const given = existsSync(schemaFile) || process.env['CI'] !== undefined;
  if (!given) console.warn(`the published schema is not in ${schemaFile}: TIC 4.0 is not validated by it`);
  (given ? it : it.skip).each(ticVersions)('%s fits the published schema (needs ../shared/data/tic)', (version) => {
    const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as Schema;
    const message = ticMessage(testSnapshot, version, envelope);
    const { broken, unknown } = judge(message, schema);
    expect(broken).toEqual([]);
    // The schema writes the list of error messages with a remark in its name, and is older than the newer words.
    const newer = ['.che[].health[].errormessage', '.che[].spreader[].lockingdevice', '.che[].spreader[].landingpin'];
    const excused = version < '2023.007' ? newer.slice(0, 1) : [...newer, '.che[].spreader[].weight'];
    expect(unknown.filter((name) => !excused.includes(name))).toEqual([]);
    // And it can tell what does not fit.
    expect(judge({ ...message, msg: { version: 1 } }, schema).broken).not.toEqual([]);
    expect(judge({ che: [] }, schema).broken).toEqual([' lacks msg']);
  });

  const alarm = {
    spreader: 'spr_1',
    number: 'SPR-0142',
    crane: 'crn_1',
    component: 'TL[1]',
    code: 'FM-02',
    title: 'Twistlock slow to lock',
    raisedAt: 1_763_000_000_000,
    clearedAt: null,
  };
  const flatAlarm = (more: { clearedAt: number | null }) =>
    toFlat(ticAlarmMessage({ ...alarm, ...more }, '2024.010', envelope));

  (given ? it : it.skip).each(ticVersions)('%s of an alarm fits the published schema too', (version) => {
    const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as Schema;
    for (const one of [alarm, { ...alarm, crane: null, clearedAt: 1_763_000_060_000 }, null]) {
      const { broken, unknown } = judge(ticAlarmMessage(one, version, envelope), schema);
      expect([broken, unknown.filter((name) => name !== '.che[].health[].errormessage')]).toEqual([[], []]);
    }
  });

  it('of an alarm says whether it stands, and since when', () => {
    const path = 'che.1.health.1.errormessage.1';
    expect(flatAlarm({ clearedAt: null })).toMatchObject({
      [`${path}.mcode`]: 'FM-02',
      [`${path}.name`]: 'TL[1]',
      [`${path}.value`]: true,
      [`${path}.timestamp`]: '2025-11-13T02:13:20.000Z',
    });
    expect(flatAlarm({ clearedAt: 1_763_000_060_000 })).toMatchObject({
      [`${path}.value`]: false,
      [`${path}.timestamp`]: '2025-11-13T02:14:20.000Z',
    });
  });

  it('says each value once, with its own time, in the words of the release', () => {
    const flat = toFlat(ticMessage(testSnapshot, '2022.004', envelope));
    expect(flat).toMatchObject({
      'msg.version': '2022.004',
      'che.1.name': 'STS-18',
      'che.1.spreader.1.id': 'spr_1',
      'che.1.spreader.1.twistlock.1.location.technical.output.design.value': '1',
      'che.1.spreader.1.twistlock.1.locked.status.ioutput.actual.value': true,
      'che.1.spreader.1.twistlock.1.locked.status.ioutput.actual.timestamp': '2025-11-13T02:13:19.000Z',
      'che.1.spreader.1.twistlock.2.location.technical.output.design.value': '4',
      'che.1.spreader.1.landpin.1.landed.status.ioutput.actual.value': true,
      'che.1.spreader.1.size40foot.status.output.actual.value': true,
      'che.1.spreader.1.size20foot.status.output.actual.value': false,
      'che.1.spreader.1.weightload.gross.output.actual.value': 24.3,
      'che.1.spreader.1.weightload.gross.output.actual.unit': 't',
      'che.1.health.1.errormessage.1.mcode': 'FM-02',
    });
    // Never heard is not false.
    expect(Object.keys(flat).filter((path) => path.includes('.twin.'))).toEqual([]);
    const late = Object.keys(toFlat(ticMessage(testSnapshot, '2024.010', envelope)));
    expect(late).toContain('che.1.spreader.1.lockingdevice.1.locked.status.ioutput.actual.value');
    expect(late.filter((path) => /twistlock|landpin|weightload/.test(path))).toEqual([]);
  });
});

describe('flat and nested form', () => {
  it('are the same message', () => {
    for (const version of ticVersions) {
      const message = ticMessage(testSnapshot, version, envelope);
      expect(toNested(toFlat(message))).toEqual(message);
    }
  });

  const leaf = fc.oneof(fc.string(), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const name = fc.oneof(fc.string(), fc.constantFrom('che', '1', 'output', 'a.b', 'x~2', '%31', '__proto__', 'value'));
  const point = fc
    .tuple(fc.constantFrom(...ticPoms), fc.constantFrom(...ticTenses), leaf)
    .map(([pom, pomt, value]) => ({ pom, pomt, value }));
  const { message } = fc.letrec<{ message: TicMessage; inner: unknown }>((tie) => ({
    message: fc.dictionary(name, tie('inner'), { minKeys: 1, maxKeys: 4 }) as fc.Arbitrary<TicMessage>,
    inner: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(point, { minLength: 1, maxLength: 4 }),
      tie('message'),
      fc.array(tie('message'), { minLength: 1, maxLength: 3 }),
    ),
  }));

  it('are the same message, whatever it is', () => {
    fc.assert(
      fc.property(message, (given) => {
        expect(JSON.stringify(toNested(toFlat(given)))).toBe(JSON.stringify(given));
      }),
      { numRuns: 300 },
    );
  });

  it('refuse paths that contradict each other', () => {
    const bad: Record<string, TicLeaf>[] = [
      { a: 1, 'a.b': 2 },
      { 'a.1': 1, 'a.3': 2 },
      { 'a.1': 1, 'a.output.actual.value': 2 },
    ];
    for (const flat of bad) expect(() => toNested(flat)).toThrow(RangeError);
  });
});
