import type { DataOf, events, Principal } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import { conditionDefaults, settingEntries } from '@quaywatch/domain/condition';
import { toIso } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import { pageOfRows, readCursor, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';

interface Row extends Record<string, unknown> {
  edit: string;
  at: number;
  of_name: string | null;
  proposed: DataOf<typeof events.settingsProposed>;
  decided: DataOf<typeof events.settingsDecided> | null;
}

type Edit = ApiAnswer<'listSettingEdits'>['data'][number];

/** Edits of the catalogue, newest first; those of terminals and spreaders only where one may see them. */
export async function listEdits(
  q: Queryable,
  { principal, query }: Pick<ApiCall<'listSettingEdits'>, 'principal' | 'query'>,
): Promise<ApiAnswer<'listSettingEdits'>> {
  const after = readCursor(query.cursor, ['number', 'string']);
  const rows = await q.query<Row>(
    `select e.edit, e.at, e.proposed, e.decided,
       case e.scope when 'terminal' then t.name when 'spreader' then s.number else e.of end as of_name
     from settings_edit e
     left join terminal t on e.scope = 'terminal' and t.terminal = e.of
     left join fleet_spreader s on e.scope = 'spreader' and s.spreader = e.of
     where ($1::text[] is null or e.scope in ('organisation', 'type', 'model') or coalesce(t.terminal, s.terminal) = any($1))
       and ($2::text is null or e.scope = $2) and ($3::text is null or e.of = $3)
       and ($4::text is null or e.proposed -> 'changes' @> jsonb_build_array(jsonb_build_object('setting', $4::text)))
       and ($5 = 'all' or $5 = case when e.decided is null then 'waiting'
         when e.decided ->> 'outcome' = 'approved' then 'on' else 'rejected' end)
       and ($6::float8 is null or (e.at, e.edit) < ($6::float8, $7::text))
     order by e.at desc, e.edit desc limit $8`,
    [
      terminalsOf(principal),
      query.scope ?? null,
      query.of ?? null,
      query.setting ?? null,
      query.state,
      after?.[0] ?? null,
      after?.[1] ?? null,
      query.limit + 1,
    ],
  );
  const { rows: shown, ...page } = pageOfRows(rows, query.limit, ({ at, edit }) => [at, edit]);
  return { data: shown.map(editOf), ...page };
}

function terminalsOf(principal: Principal): string[] | null {
  const terminals = visibleTerminals(principal, 'findings.read');
  return terminals === 'all' ? null : terminals;
}

function editOf({ of_name, proposed, decided }: Row): Edit {
  const { edit, scope, of, reason, by, at, reverts, changes } = proposed;
  const entries = settingEntries(conditionDefaults);
  return {
    id: edit,
    scope,
    of,
    of_name,
    state: decided === null ? 'waiting' : decided.outcome === 'approved' ? 'on' : 'rejected',
    reason,
    by,
    at: toIso(at),
    decided_by: decided?.by ?? null,
    decided_at: decided ? toIso(decided.at) : null,
    decision_reason: decided?.reason ?? null,
    reverts,
    changes: changes.map((change) => {
      const entry = entries.get(change.setting);
      return { ...change, words: entry?.words ?? change.setting, unit: entry?.unit ?? '1' };
    }),
  };
}
