import type { Permission, Principal } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import type { Queryable } from '@quaywatch/ports';
import { Refused } from '@quaywatch/runtime';

/** A spreader that the principal may see. */
export interface FleetRow extends Record<string, unknown> {
  spreader: string;
  number: string;
  model: string;
  type: string;
  terminal: string;
  terminal_name: string;
  time_zone: string;
  /** Worth of a crane hour at its terminal, in the terminal's currency. */
  crane_hour_value: number | null;
}

/** Spreaders that the principal may see, by number; `id` is an id or a number. */
export function visibleFleet(
  q: Queryable,
  principal: Principal,
  permission: Permission,
  ask: { readonly id?: string; readonly terminal?: string; readonly model?: string } = {},
): Promise<FleetRow[]> {
  const terminals = visibleTerminals(principal, permission);
  return q.query<FleetRow>(
    `select s.spreader, s.number, s.model, s.type, s.terminal, coalesce(t.name, s.terminal) as terminal_name,
       coalesce(t.time_zone, 'UTC') as time_zone, t.crane_hour_value
     from fleet_spreader s left join terminal t on t.terminal = s.terminal
     where ($1::text[] is null or s.terminal = any($1)) and ($2::text is null or s.spreader = $2 or s.number = $2)
       and ($3::text is null or s.terminal = $3) and ($4::text is null or s.model = $4)
     order by s.number, s.spreader`,
    [terminals === 'all' ? null : terminals, ask.id ?? null, ask.terminal ?? null, ask.model ?? null],
  );
}

/** One spreader by id or number; refused as not found when it cannot be seen. */
export async function oneVisible(
  q: Queryable,
  principal: Principal,
  permission: Permission,
  id: string | undefined,
): Promise<FleetRow> {
  const rows = await visibleFleet(q, principal, permission, { id: id ?? '' });
  const row = rows.find(({ spreader }) => spreader === id) ?? rows[0];
  if (!row) throw new Refused('not_found', `There is no spreader ${id ?? ''}.`);
  return row;
}

/** A range of times in ms; refused when it ends before it starts or is longer than `longest`. */
export function rangeOf(
  { from, to }: { readonly from: string; readonly to: string },
  longest: number,
): { from: number; to: number } {
  const [a, b] = [Date.parse(from), Date.parse(to)];
  if (b <= a)
    throw new Refused('invalid', 'The end of the range must be after its start.', [
      { pointer: '/to', code: 'before_start', detail: 'Must be after from.' },
    ]);
  if (b - a > longest)
    throw new Refused('invalid', `The range may be ${Math.round(longest / 3_600_000)} h long at most.`, [
      { pointer: '/to', code: 'too_long', detail: 'Ask for a shorter range.' },
    ]);
  return { from: a, to: b };
}
