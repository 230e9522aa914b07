import type { ConditionSettings, LimitSpec, TrackSpec } from '../settings';
import type { SettingEntry } from './setting';
import { settingWords } from './setting-words';

type Path = readonly (string | number)[];

const books = new WeakMap<ConditionSettings, ReadonlyMap<string, SettingEntry>>();

/** Everything that can be edited, by id, in the order of the catalogue. The ids do not depend on the values. */
export function settingEntries(settings: ConditionSettings): ReadonlyMap<string, SettingEntry> {
  let book = books.get(settings);
  if (!book) {
    const all = [...limitEntries(settings), ...modeEntries(settings), ...plainEntries(settings)];
    books.set(settings, (book = new Map(all.map((entry) => [entry.id, entry]))));
  }
  return book;
}

/** Name of a limit among those of its indicator: what it measures and on which side. */
export const limitName = ({ measure, side }: LimitSpec): string => `${measure}-${side}`;

const plain = {
  unit: '1',
  kind: 'number',
  low: null,
  high: null,
  whole: false,
  choices: null,
} as const;

const stepWords = { watch: '"watch"', plan: '"plan"', actNow: '"act now"' } as const;

function limitEntries({ tracks }: ConditionSettings): SettingEntry[] {
  return tracks.flatMap((track, i) => [
    ...track.limits.flatMap((limit, j) => ofLimit(track, limit, ['tracks', i, 'limits', j])),
    ...ofIndicator(track, ['tracks', i]),
  ]);
}

function ofLimit(track: TrackSpec, limit: LimitSpec, path: Path): SettingEntry[] {
  const id = `limits/${track.id}/${limitName(limit)}`;
  const how = {
    value: 'value',
    ratio: 'share of change against its own normal',
    offset: 'difference from its own normal',
  }[limit.measure];
  const words = `${upper(track.words)}: ${how} ${limit.side === 'both' ? 'on either side' : limit.side}`;
  const unit = limit.measure === 'ratio' ? '1' : track.unit;
  const of = (field: string, more: Partial<SettingEntry> & { readonly words: string; readonly path: Path }) => ({
    ...plain,
    id: `${id}/${field}`,
    group: 'limits',
    unit,
    ...more,
  });
  const counts = { unit: '1', low: 1, high: 1000, whole: true } as const;
  return [
    ...(['watch', 'plan', 'actNow'] as const).map((step) =>
      of(kebab(step), { words: `${words}, ${stepWords[step]}`, path: [...path, step] }),
    ),
    of('hysteresis', {
      words: `${words}, how far back it must come to leave a step`,
      low: 0,
      path: [...path, 'hysteresis'],
    }),
    ...(limit.onAfter.count === undefined
      ? []
      : [
          of('on-after', {
            ...counts,
            words: `${words}, observations before it counts`,
            path: [...path, 'onAfter', 'count'],
          }),
        ]),
    ...(limit.offAfter.count === undefined
      ? []
      : [
          of('off-after', {
            ...counts,
            words: `${words}, observations before it is over`,
            path: [...path, 'offAfter', 'count'],
          }),
        ]),
  ];
}

function ofIndicator(track: TrackSpec, path: Path): SettingEntry[] {
  const words = upper(track.words);
  const of = (field: string, more: Partial<SettingEntry> & { readonly words: string; readonly path: Path }) => ({
    ...plain,
    id: `indicators/${track.id}/${field}`,
    group: 'indicators',
    ...more,
  });
  return [
    of('recent', {
      words: `${words}: observations that are looked at together`,
      low: 1,
      high: 200,
      whole: true,
      path: [...path, 'recent'],
    }),
    ...(track.baseline
      ? [
          of('learn', {
            words: `${words}: observations from which its normal is learned`,
            low: 3,
            high: 2000,
            whole: true,
            path: [...path, 'baseline', 'learn'],
          }),
        ]
      : []),
    ...(['lowest', 'highest'] as const).map((end, i) =>
      of(`plausible-${end}`, {
        words: `${words}: ${end} value that can be real`,
        unit: track.unit,
        path: [...path, 'plausible', i],
      }),
    ),
    of('fresh-for', {
      words: `${words}: how long an observation says something about now`,
      unit: 'ms',
      low: 60_000,
      path: [...path, 'freshFor'],
    }),
  ];
}

const risks = ['safety', 'production', 'undetermined', 'improvement'] as const;

function modeEntries({ failureModes }: ConditionSettings): SettingEntry[] {
  return failureModes.flatMap((mode, i) => {
    const of = (
      field: string,
      kind: SettingEntry['kind'],
      words: string,
      more: Partial<SettingEntry> = {},
    ): SettingEntry => ({
      ...plain,
      id: `failure-modes/${mode.id}/${field}`,
      group: 'failure-modes',
      kind,
      words: `${mode.id}: ${words}`,
      path: ['failureModes', i, field.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())],
      ...more,
    });
    return [
      of('enabled', 'flag', 'is looked for'),
      of('latching', 'flag', 'stays open until the work is reported, also when the data are normal again'),
      of('title', 'text', 'name of the fault'),
      of('symptoms', 'text', 'how it shows'),
      of('risk', 'choice', 'risk class', { choices: risks }),
      of('actions', 'list', 'what to do'),
      of('parts', 'list', 'parts'),
      of('skills', 'list', 'skills'),
      of('repair-hours', 'number', 'hours of work', { unit: 'h', low: 0, high: 1000 }),
      of('lead-shortest', 'number', 'shortest warning before a stop', {
        unit: 'h',
        low: 0,
        high: 100_000,
        path: ['failureModes', i, 'leadHours', 0],
      }),
      of('lead-longest', 'number', 'longest warning before a stop', {
        unit: 'h',
        low: 0,
        high: 100_000,
        path: ['failureModes', i, 'leadHours', 1],
      }),
      of('verification', 'text', 'what proves the repair'),
      of('alternatives', 'list', 'failure modes that show in the same way'),
    ];
  });
}

/** Sections of which every number can be edited as it stands. */
const sections = [
  'moves',
  'signs',
  'windows',
  'quality',
  'generic',
  'trend',
  'watch',
  'fatigue',
  'rules',
  'stops',
  'health',
  'advice',
] as const satisfies readonly (keyof ConditionSettings)[];

function plainEntries(settings: ConditionSettings): SettingEntry[] {
  const out: SettingEntry[] = [];
  const walk = (value: unknown, path: Path, name: string): void => {
    if (typeof value === 'number') {
      const section = String(path[0]);
      const [words, unit] = settingWords[name] ??
        settingWords[name.replace(/\/\d+/, '/n')] ?? [upper(name.replace(/[/-]/g, ' ')), '1'];
      // What is none now may be made some; only wear may also slow down.
      const low = slowing.test(name) ? -1 : 0;
      out.push({ ...plain, id: name, group: section, words, unit, low, path, whole: wholeNames.test(name) });
    } else if (Array.isArray(value))
      value.forEach((one: unknown, i) => walk(one, [...path, i], `${name}/${nameIn(one, i)}`));
    else if (typeof value === 'object' && value !== null)
      for (const [key, one] of Object.entries(value)) walk(one, [...path, key], `${name}/${kebab(key)}`);
  };
  for (const section of sections) walk(settings[section], [section], section);
  return out;
}

/** Exponents by which wear speeds up. */
const slowing = /^trend\/growth\/\d+\/1$/;

/** Rows, samples and cases are counted. */
const wholeNames =
  /(samples|learn|hold|count|cases|signals|rows|least|over|edges|moves|cycles|points|known|group|patience|calm|lasts|(levels|ranks)\/\d+)$/;

/** Members of a list by what they are about, where that tells them apart. */
function nameIn(one: unknown, i: number): string {
  const named = one as { readonly feature?: unknown; readonly component?: unknown } | null;
  if (typeof named?.feature === 'string') return named.feature;
  return typeof named?.component === 'string' ? named.component : String(i + 1);
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const upper = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
