import type { Advice, MoveRecord } from '@quaywatch/contracts';
import { conditionDefaults, type MinuteRow, type SpreaderState, type Statement } from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';

/** Whether a device is connected, as last heard. */
export interface Presence {
  readonly org: string;
  readonly btu: string;
  readonly spreader: string | null;
  readonly online: boolean;
  readonly at: number;
}

/** Stores moves; one that is there already is replaced by itself. */
export async function storeMoves(q: Queryable, moves: Iterable<{ org: string; record: MoveRecord }>): Promise<void> {
  const all = [...moves];
  if (all.length === 0) return;
  await q.query(
    `insert into move (org, move, spreader, started_at, locked_at, ended_at, class, result, boxes, teu, load, features, model)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::float8[], $7::text[], $8::text[],
                          $9::int[], $10::float8[], $11::float8[], $12::jsonb[], $13::text[])
     on conflict (move) do update set started_at = excluded.started_at, locked_at = excluded.locked_at, ended_at = excluded.ended_at, class = excluded.class,
       result = excluded.result, boxes = excluded.boxes, teu = excluded.teu, load = excluded.load, features = excluded.features,
       model = excluded.model`,
    [
      all.map(({ org }) => org),
      all.map(({ record }) => record.move),
      all.map(({ record }) => record.spreader),
      all.map(({ record }) => record.startedAt),
      all.map(({ record }) => record.lockedAt),
      all.map(({ record }) => record.endedAt),
      all.map(({ record }) => record.class),
      all.map(({ record }) => record.result),
      all.map(({ record }) => record.boxes),
      all.map(({ record }) => record.teu),
      all.map(({ record }) => record.load),
      all.map(({ record }) => JSON.stringify(record.features)),
      all.map(({ record }) => record.model),
    ],
  );
}

/** Removes moves that were not. */
export async function removeMoves(q: Queryable, moves: Iterable<string>): Promise<void> {
  const all = [...moves];
  if (all.length > 0) await q.query('delete from move where move = any($1)', [all]);
}

/** Adds parts of minutes to what is there; exact in any order. */
export async function storeMinutes(
  q: Queryable,
  minutes: ReadonlyMap<string, ReadonlyMap<string, MinuteRow>>,
  states: ReadonlyMap<string, SpreaderState>,
): Promise<void> {
  // Many rows, few names: names go once, rows refer to them by number.
  const spreaders = [...minutes.keys()];
  const signals = new Map<string, number>();
  const columns: number[][] = [[], [], [], [], [], [], []];
  spreaders.forEach((spreader, i) => {
    for (const row of minutes.get(spreader)?.values() ?? []) {
      const signal = signals.get(row.signal) ?? signals.size + 1;
      signals.set(row.signal, signal);
      [i + 1, signal, row.minute, row.count, row.min, row.max, row.sumMicro].forEach((value, column) =>
        columns[column]?.push(value),
      );
    }
  });
  if (signals.size === 0) return;
  await q.query(
    `insert into signal_minute as kept (org, spreader, signal, minute, count, min, max, sum_micro)
     select ($1::text[])[s], ($2::text[])[s], ($3::text[])[n], minute, count, min, max, sum_micro
     from unnest($4::int[], $5::int[], $6::bigint[], $7::int[], $8::float8[], $9::float8[], $10::bigint[])
       as given (s, n, minute, count, min, max, sum_micro)
     on conflict (spreader, signal, minute) do update set count = kept.count + excluded.count,
       min = least(kept.min, excluded.min), max = greatest(kept.max, excluded.max), sum_micro = kept.sum_micro + excluded.sum_micro`,
    [
      spreaders.map((spreader) => states.get(spreader)?.org ?? ''),
      spreaders,
      [...signals.keys()],
      ...columns.map(numbers),
    ],
  );
}

/** An array literal of PostgreSQL; for many numbers much faster than leaving it to the driver. */
const numbers = (values: readonly number[]): string => `{${values.join(',')}}`;

/** Keeps the latest word of each device. */
export async function storePresence(q: Queryable, presence: Iterable<Presence>): Promise<void> {
  const all = [...presence];
  if (all.length === 0) return;
  await q.query(
    `insert into device_connection as kept (org, btu, spreader, online, at)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::float8[])
     on conflict (btu) do update set org = excluded.org, spreader = excluded.spreader, online = excluded.online, at = excluded.at`,
    [
      all.map(({ org }) => org),
      all.map(({ btu }) => btu),
      all.map(({ spreader }) => spreader),
      all.map(({ online }) => online),
      all.map(({ at }) => at),
    ],
  );
}

/** Keeps findings as they were last said. */
export async function storeFindings(
  q: Queryable,
  statements: readonly { org: string; statement: Statement }[],
): Promise<void> {
  const said = new Map<string, { org: string; advice: Advice; closedAt: number | null }>();
  const closedBefore = new Map<string, number>();
  for (const { org, statement } of statements) {
    if (statement.kind === 'condition-changed') continue;
    if (statement.kind !== 'advice-closed') {
      // What was closed and comes back in one batch is open.
      closedBefore.delete(statement.advice.finding);
      said.set(statement.advice.finding, { org, advice: statement.advice, closedAt: null });
    } else {
      const here = said.get(statement.finding);
      if (here) here.closedAt = statement.at;
      else closedBefore.set(statement.finding, statement.at);
    }
  }
  const all = [...said.values()];
  if (all.length > 0) {
    await q.query(
      `insert into finding (org, finding, spreader, status, level, risk_hours, updated_at, closed_at, advice)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::float8[], $9::jsonb[])
       on conflict (finding) do update set status = excluded.status, level = excluded.level, risk_hours = excluded.risk_hours,
         updated_at = excluded.updated_at, closed_at = excluded.closed_at, advice = excluded.advice`,
      [
        all.map(({ org }) => org),
        all.map(({ advice }) => advice.finding),
        all.map(({ advice }) => advice.spreader),
        all.map(({ closedAt }) => (closedAt === null ? 'open' : 'closed')),
        all.map(({ advice }) => advice.level),
        all.map(({ advice }) => advice.riskHours),
        all.map(({ advice, closedAt }) => closedAt ?? advice.updatedAt),
        all.map(({ closedAt }) => closedAt),
        all.map(({ advice }) => JSON.stringify(advice)),
      ],
    );
  }
  for (const [finding, at] of closedBefore) {
    await q.query(`update finding set status = 'closed', closed_at = $2, updated_at = $2 where finding = $1`, [
      finding,
      at,
    ]);
  }
}

/** Stores each spreader's snapshot and what the API shows of it, one row each. */
export async function storeConditions(q: Queryable, states: Iterable<SpreaderState>): Promise<void> {
  const all = [...states];
  if (all.length === 0) return;
  await q.query(
    `insert into spreader_state (org, spreader, state) select * from unnest($1::text[], $2::text[], $3::text[])
     on conflict (spreader) do update set org = excluded.org, state = excluded.state`,
    [all.map(({ org }) => org), all.map(({ spreader }) => spreader), all.map((state) => JSON.stringify(state))],
  );
  await q.query(
    `insert into spreader_condition (org, spreader, level, score, completeness, computed_at, model, components, data_until, heard_at, live, provenance)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::float8[], $7::text[], $8::jsonb[],
                          $9::float8[], $10::float8[], $11::jsonb[], $12::jsonb[])
     on conflict (spreader) do update set org = excluded.org, level = excluded.level, score = excluded.score,
       completeness = excluded.completeness, computed_at = excluded.computed_at, model = excluded.model, components = excluded.components,
       data_until = excluded.data_until, heard_at = excluded.heard_at, live = excluded.live,
       provenance = excluded.provenance`,
    [
      all.map(({ org }) => org),
      all.map(({ spreader }) => spreader),
      all.map(({ health }) => health?.level ?? 'no_data'),
      all.map(({ health }) => health?.score ?? null),
      all.map(({ health }) => health?.completeness ?? 0),
      all.map(({ health }) => health?.at ?? null),
      all.map(({ health }) => health?.model ?? conditionDefaults.model),
      all.map(({ health }) => JSON.stringify(health?.components ?? [])),
      all.map(({ dataUntil }) => dataUntil),
      all.map(({ heardAt }) => heardAt),
      all.map(({ latest }) => JSON.stringify(latest)),
      all.map(({ health }) => JSON.stringify(health?.provenance ?? null)),
    ],
  );
}
