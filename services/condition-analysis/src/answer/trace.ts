import { signalFamily, type Advice } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import {
  conditionDefaults,
  settingEntries,
  settingValue,
  valuesAt,
  type SettingPlace,
} from '@quaywatch/domain/condition';
import { toIso } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import { Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { readPeriods } from '../catalogue/read-catalogue';

type Step = ApiAnswer<'traceFinding'>['steps'][number];
type Item = Step['items'][number];

interface MoveRow extends Record<string, unknown> {
  move: string;
  at: number;
  features: Record<string, number>;
  model: string | null;
}

/** Most items of a step. */
const most = 50;
const minute = 60_000;

/** A finding down to raw samples: each block of ISO 13374 with what it made, of what, by which settings. */
export async function traceFinding(
  q: Queryable,
  { principal, params }: Pick<ApiCall<'traceFinding'>, 'principal' | 'params'>,
): Promise<ApiAnswer<'traceFinding'>> {
  const terminals = visibleTerminals(principal, 'findings.read');
  const [row] = await q.query<{ advice: Advice; type: string; model: string; terminal: string; spreader: string }>(
    `select f.advice, s.type, s.model, s.terminal, s.spreader from finding f join fleet_spreader s on s.spreader = f.spreader
     where f.finding = $1 and ($2::text[] is null or s.terminal = any($2))`,
    [params.id ?? '', terminals === 'all' ? null : terminals],
  );
  if (!row) throw new Refused('not_found', `There is no finding ${params.id ?? ''}.`);
  const { advice } = row;
  const { evidence, spreader } = advice;
  const from = Math.min(advice.firstSeenAt, ...evidence.map((one) => one.from));
  const to = Math.max(advice.updatedAt, ...evidence.map((one) => one.to));
  const span = { from: toIso(from), to: toIso(to) };
  const settings = await settingsOf(q, principal.org, row, advice);
  const moves = await readMoves(q, spreader, advice, from, to);
  const sampled = await readMinutes(q, spreader, advice, from, to);
  const frames = await readFrames(q, spreader, moves.length > 0 ? moves.map(({ at }) => at) : [to]);
  const api = `/v1/spreaders/${spreader}`;
  const steps: Step[] = [
    {
      ...advice.provenance,
      output: `${advice.title}: ${advice.actions[0] ?? ''}`,
      ...span,
      settings: settings.filter(({ id }) => id.startsWith('failure-modes/') || id.startsWith('advice/')),
      items: [item('finding', advice.finding, advice.updatedAt, advice.confidence, `/v1/findings/${advice.finding}`)],
      truncated: false,
    },
    {
      block: 'HA',
      algorithm: advice.provenance.algorithm,
      version: advice.provenance.version,
      inputs: advice.provenance.inputs,
      output: advice.causes.map(({ title, probability }) => `${title} (${Math.round(100 * probability)} %)`).join(', '),
      ...span,
      settings: settings.filter(({ id }) => id.startsWith('rules/')),
      items: evidence.map((one) => item('indicator', one.signal, one.to, one.value, series(api, one.signal, one))),
      truncated: false,
    },
    {
      block: 'SD',
      algorithm: `limits-and-baseline@${advice.provenance.algorithm.split('@').slice(1).join('@')}`,
      version: '1',
      inputs: [...new Set(evidence.map(({ signal }) => signalFamily(signal)))],
      output: evidence.map(({ text }) => text).join(' '),
      ...span,
      settings: settings.filter(({ id }) => /^(limits|indicators|generic|watch)\//.test(id)),
      items: evidence.map((one) => item('feature', one.signal, one.to, one.value, series(api, one.signal, one))),
      truncated: false,
    },
    {
      block: 'DM',
      algorithm: moves.length > 0 ? 'move-machine' : 'minutes',
      version: moves.at(-1)?.model ?? conditionDefaults.model,
      inputs: [...new Set(evidence.map(({ signal }) => signalFamily(signal)))],
      output: `${moves.length} moves and ${sampled.length} signals sampled over time in the window of the evidence.`,
      ...span,
      settings: settings.filter(({ id }) => /^(moves|signs|windows)\//.test(id)),
      items: [
        ...moves.slice(-most).map(({ move, at, features }) => item('move', move, at, valueIn(features, advice), null)),
        ...sampled.map(({ signal, count }) => item('minutes', signal, to, count, series(api, signal, { from, to }))),
      ],
      truncated: moves.length > most,
    },
    {
      block: 'DA',
      algorithm: 'frames',
      version: '1',
      inputs: [...new Set(frames.map(({ frame }) => frame.split('/')[0] ?? ''))],
      output: `${frames.length} frames as the unit sent them (unit/stream/boot/number), with the states that they brought.`,
      ...span,
      settings: [],
      items: frames
        .slice(0, most)
        .map(({ frame, at }) =>
          item('frame', frame, at, null, `${api}/replay?from=${toIso(at - minute)}&to=${toIso(at + minute)}`),
        ),
      truncated: frames.length > most,
    },
  ];
  return { finding_id: advice.finding, spreader_id: spreader, steps };
}

const item = (kind: Item['kind'], id: string, at: number, value: number | null, href: string | null): Item => ({
  kind,
  id,
  at: toIso(at),
  value,
  href,
});

const series = (api: string, signal: string, { from, to }: { readonly from: number; readonly to: number }): string =>
  `${api}/series?signals=${encodeURIComponent(signal)}&from=${toIso(from)}&to=${toIso(Math.max(to, from + minute))}`;

const valueIn = (features: Readonly<Record<string, number>>, { evidence }: Advice): number | null =>
  evidence.map(({ signal }) => features[signal]).find((value) => value !== undefined) ?? null;

/** Moves of the window that show one of the features that speak for it. */
function readMoves(q: Queryable, spreader: string, { evidence }: Advice, from: number, to: number): Promise<MoveRow[]> {
  return q
    .query<MoveRow>(
      `select move, ended_at as at, features, model from move
     where spreader = $1 and ended_at >= $2 and ended_at <= $3 and features ?| $4
     order by ended_at desc limit ${most + 1}`,
      [spreader, from, to, evidence.map(({ signal }) => signal)],
    )
    .then((rows) => rows.reverse());
}

function readMinutes(
  q: Queryable,
  spreader: string,
  { evidence }: Advice,
  from: number,
  to: number,
): Promise<{ signal: string; count: number }[]> {
  return q.query<{ signal: string; count: number }>(
    `select signal, sum(count)::float8 as count from signal_minute
     where spreader = $1 and signal = any($2) and minute >= $3 and minute <= $4 group by signal order by signal`,
    [spreader, evidence.map(({ signal }) => signal), Math.floor(from / minute) * minute, to],
  );
}

/** Frames from which the last moves of the window were made. */
function readFrames(q: Queryable, spreader: string, ends: readonly number[]): Promise<{ frame: string; at: number }[]> {
  const last = ends.at(-1) ?? 0;
  const first = ends.at(-10) ?? ends[0] ?? last;
  return q.query<{ frame: string; at: number }>(
    `select frame, from_at as at from state_frame
     where spreader = $1 and to_at >= $2 and from_at <= $3 order by from_at desc limit ${most + 1}`,
    [spreader, first - 5 * minute, last + minute],
  );
}

/** The settings that decide about a finding, as they held when it was last said. */
async function settingsOf(
  q: Queryable,
  org: string,
  place: SettingPlace,
  { failureMode, evidence, updatedAt }: Advice,
): Promise<Step['settings']> {
  const periods = (await readPeriods(q, [org])).get(org) ?? [];
  const values = valuesAt(periods, place, updatedAt);
  const families = [...new Set(evidence.map(({ signal }) => signalFamily(signal)))];
  const wanted = (id: string): boolean =>
    id.startsWith('rules/confidence/') ||
    id === `failure-modes/${failureMode}/repair-hours` ||
    id === `failure-modes/${failureMode}/lead-shortest` ||
    id === `failure-modes/${failureMode}/lead-longest` ||
    families.some((family) => id.startsWith(`limits/${family}/`) || id.startsWith(`indicators/${family}/`)) ||
    // Beyond what is about its indicators, what somebody set counts.
    (values.get(id)?.period !== undefined && values.get(id)?.period !== null && /^(moves|signs)\//.test(id));
  return [...settingEntries(conditionDefaults).values()].flatMap((entry) => {
    if (!wanted(entry.id)) return [];
    const set = values.get(entry.id);
    const value = set?.value ?? settingValue(conditionDefaults, entry);
    return [
      {
        id: entry.id,
        value: typeof value === 'object' ? value.join('; ') : String(value),
        origin: set?.origin ?? 'default',
      },
    ];
  });
}
