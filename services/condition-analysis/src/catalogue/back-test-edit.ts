import {
  backTestSettings,
  modeOf,
  modesReading,
  indicatorsOf,
  valuesAt,
  type PastCase,
  type PastInput,
  type SettingPlace,
  type SpreaderState,
} from '@quaywatch/domain/condition';
import { toIso } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import { Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { confirmation } from '../answer/confirmation';
import { rangeOf, visibleFleet } from '../answer/visible-fleet';
import { checkChanges } from './check-changes';
import { editedSettings, readPeriods } from './read-catalogue';
import { findPlace } from './setting-place';

const day = 86_400_000;
/** Rows of history read in all; more is refused, never cut off silently. */
const mostRows = 600_000;

type Case = ApiAnswer<'backTestSettings'>['cases'][number];

/** Runs the indicators that an edit is about over stored history, as they are and as proposed, with the code of the live evaluation. */
export async function backTestEdit(
  q: Queryable,
  { principal, body }: Pick<ApiCall<'backTestSettings'>, 'principal' | 'body'>,
  now: number,
): Promise<ApiAnswer<'backTestSettings'>> {
  const { from, to } = rangeOf(body, 92 * day);
  const where = await findPlace(q, principal, 'findings.read', body.scope, body.of);
  const checked = await checkChanges(q, principal.org, where, body.changes, now);
  const before = (await readPeriods(q, [principal.org])).get(principal.org) ?? [];
  const { settings } = checked;
  const tested = body.changes.filter(({ setting }) => indicatorsOf(settings, [setting]).size > 0);
  const families = indicatorsOf(
    settings,
    tested.map(({ setting }) => setting),
  );
  const fleet = (await visibleFleet(q, principal, 'findings.read')).filter(
    (row) => where.scope === 'organisation' || row[where.scope] === where.of,
  );
  const cases: Case[] = [];
  const sums = noCases();
  const byMode = new Map<string, ReturnType<typeof noCases>>();
  let [observations, left] = [0, mostRows];
  for (const row of families.size === 0 ? [] : fleet) {
    const past = await readPast(q, row.spreader, [...families], from, to, left);
    left -= past.length;
    if (left < 0)
      throw new Refused('invalid', 'That is too much history at once: choose a shorter range or a narrower scope.');
    const place: SettingPlace = row;
    const learned = await readState(q, row.spreader);
    for (const which of ['now', 'proposed'] as const) {
      const values = valuesAt(which === 'now' ? before : checked.periods, place, now);
      const found = backTestSettings(editedSettings.with(values), families, learned, past);
      observations = which === 'now' ? observations + found.observations : observations;
      for (const one of found.cases) {
        const confirmedBy = await confirmation(q, row.spreader, one.from, one.to ?? to);
        const counted = caseOf(row, one, which, confirmedBy);
        for (const mode of counted.failure_modes) if (!byMode.has(mode)) byMode.set(mode, noCases());
        for (const sum of [sums, ...counted.failure_modes.flatMap((mode) => byMode.get(mode) ?? [])]) {
          sum[which].raised += 1;
          if (confirmedBy !== null) sum[which].confirmed += 1;
        }
        cases.push(counted);
      }
    }
  }
  return {
    from: toIso(from),
    to: toIso(to),
    spreaders: fleet.length,
    observations,
    not_tested: body.changes.flatMap(({ setting }) => (tested.some((one) => one.setting === setting) ? [] : [setting])),
    ...sums,
    modes: [...byMode]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([mode, sum]) => ({ failure_mode: mode, title: modeOf(settings, mode)?.title ?? mode, ...sum })),
    cases: cases.sort((a, b) => (a.from < b.from ? -1 : 1)).slice(0, 200),
  };
}

const noCases = () => ({ now: { raised: 0, confirmed: 0 }, proposed: { raised: 0, confirmed: 0 } });

const caseOf = (
  { spreader, number }: { readonly spreader: string; readonly number: string },
  { feature, level, from, to }: PastCase,
  which: Case['with'],
  confirmedBy: string | null,
): Case => ({
  spreader_id: spreader,
  number,
  indicator: feature,
  failure_modes: modesReading(feature),
  level,
  from: toIso(from),
  to: to === null ? null : toIso(to),
  with: which,
  confirmed_by: confirmedBy,
});

async function readState(q: Queryable, spreader: string): Promise<SpreaderState | undefined> {
  const [row] = await q.query<{ state: string }>('select state from spreader_state where spreader = $1', [spreader]);
  return row ? (JSON.parse(row.state) as SpreaderState) : undefined;
}

/** Moves, and minutes of the signals that the indicators need, in order of time. */
async function readPast(
  q: Queryable,
  spreader: string,
  families: readonly string[],
  from: number,
  to: number,
  most: number,
): Promise<PastInput[]> {
  const patterns = ['hyd.oilTemp', 'hyd.press', ...families].map(
    (family) => `^${family.replace(/[.[\]]/g, '\\$&').replace('\\[n\\]', '\\[[0-9]+\\]')}$`,
  );
  const minutes = await q.query<{ at: string; signal: string; count: number; sum: string }>(
    `select minute as at, signal, count, sum_micro as sum from signal_minute
     where spreader = $1 and signal = any(
         select distinct signal from signal_minute where spreader = $1 and minute >= $3 and minute < $4 and signal ~ any($2))
       and minute >= $3 and minute < $4 limit $5`,
    [spreader, patterns, from, to, most + 1],
  );
  const moves = await q.query<{
    at: number;
    locked: boolean;
    completed: boolean;
    load: number | null;
    features: Record<string, number>;
  }>(
    `select ended_at as at, locked_at is not null as locked, result = 'completed' as completed, load, features from move
     where spreader = $1 and ended_at >= $2 and ended_at < $3 and class <> 'maintenance' limit $4`,
    [spreader, from, to, most + 1],
  );
  const inputs: PastInput[] = [
    ...minutes.map(({ at, signal, count, sum }) => ({ at: Number(at), signal, mean: Number(sum) / 1e6 / count })),
    ...moves,
  ];
  return inputs.sort((a, b) => a.at - b.at);
}
