import {
  bookOfDays,
  lifeOfTwistlock,
  livesOfUse,
  type ComponentLife,
  type ConditionSettings,
  type UseRecord,
} from '@quaywatch/domain/condition';
import type { Queryable, ViewStore } from '@quaywatch/ports';
import type { ApiAnswer, ApiCall } from '@quaywatch/runtime';
import { readSettingsNow } from '../catalogue/read-catalogue';
import { oneVisible } from './visible-fleet';

const day = 86_400_000;
/** Days that the pace of a twistlock comes from. */
const paceDays = 120;

/** What components of one spreader have used, and the years left: the spreader and its structure from the use on record, twistlocks with a passport. */
export async function answerRemainingLife(
  store: ViewStore,
  { principal, params }: Pick<ApiCall<'getRemainingLife'>, 'principal' | 'params'>,
  now: number,
): Promise<ApiAnswer<'getRemainingLife'>> {
  return store.readAs(principal.org, async (q) => {
    const { spreader } = await oneVisible(q, principal, 'spreaders.read', params.id);
    const settings = (await readSettingsNow(q, principal.org, [spreader], now))(spreader);
    const [row] = await q.query<{ use: UseRecord | null }>(
      `select state::jsonb -> 'use' as use from spreader_state where spreader = $1`,
      [spreader],
    );
    const lives = [
      ...(row?.use ? livesOfUse(settings, row.use) : []),
      ...(await livesOfTwistlocks(q, settings, spreader, now)),
    ];
    return { spreader_id: spreader, components: lives.map(shownLife) };
  });
}

/** Lock cycles over all stays of each twistlock that is fitted; inner ones take part in twin lifts only. */
async function livesOfTwistlocks(
  q: Queryable,
  settings: ConditionSettings,
  spreader: string,
  now: number,
): Promise<ComponentLife[]> {
  const fitted = await q.query<{ serial: string; position: string; before: number; cycles: number }>(
    `with own as (select org, serial, position from component_stay where spreader = $1 and to_at is null)
     select own.serial, own.position,
       (select s.cycles_before from component_stay s where s.org = own.org and s.serial = own.serial order by s.n limit 1)
         as before,
       (select count(*)::int from component_stay s
          join move m on m.spreader = s.spreader and m.locked_at >= s.from_at and m.ended_at >= s.from_at
            and (s.to_at is null or m.locked_at < s.to_at)
          where s.org = own.org and s.serial = own.serial
            and (coalesce(substring(s.position from '\\[(\\d)\\]')::int, 0) <= 4 or m.class = 'twin2x20')) as cycles
     from own order by own.position`,
    [spreader],
  );
  if (fitted.length === 0) return [];
  const locks = await q.query<{ day: number; all: number; twin: number }>(
    `select floor(locked_at / ${day})::int as day, count(*)::int as all,
       count(*) filter (where class = 'twin2x20')::int as twin
     from move where spreader = $1 and ended_at >= $2 and locked_at >= $2 group by 1 order by 1`,
    [spreader, now - paceDays * day],
  );
  // Today is under way: the book takes whole days only, up to yesterday.
  const end = Math.floor(now / day);
  const outer = bookOfDays([...locks.map(({ day: at, all }) => [at, all] as const), [end + 1, 0]]);
  const inner = bookOfDays([...locks.map(({ day: at, twin }) => [at, twin] as const), [end + 1, 0]]);
  return fitted.map(({ serial, position, before, cycles }) =>
    lifeOfTwistlock(settings, {
      component: position,
      serial,
      cycles: before + cycles,
      book: /\[[5-8]\]/.test(position) ? inner : outer,
    }),
  );
}

const rounded = (value: number): number => Number(value.toPrecision(4));

const shownLife = ({
  used,
  years,
  provenance,
  ...rest
}: ComponentLife): ApiAnswer<'getRemainingLife'>['components'][number] => ({
  ...rest,
  used: rounded(used),
  years: years && {
    middle: rounded(years.middle),
    low: rounded(years.low),
    high: years.high === null ? null : rounded(years.high),
  },
  provenance: { ...provenance, inputs: [...provenance.inputs] },
});
