import type { EventEnvelope, Topic } from '@quaywatch/contracts';
import { rebuildBeside, makeLogger } from '@quaywatch/runtime';
import { join } from 'node:path';
import { until } from '../ingest-rig/until';
import { definitions } from './service-definitions';
import type { ServiceLoad } from './service-load';
import type { ServiceRig } from './service-rig';

/** Compares what the services have with what they were given, and says every difference; true when there is none. */
export async function auditServices(rig: ServiceRig, load: ServiceLoad, say: (line: string) => void): Promise<boolean> {
  let good = true;
  const check = (ok: boolean, line: string): void => {
    good &&= ok;
    say(`${ok ? '=' : '≠'} ${line}`);
  };
  const count = async (sql: string): Promise<number> =>
    Number((await rig.admin.query<{ n: string }>(`select count(*) as n from (${sql}) t`)).rows[0]?.n);

  const { rows } = await rig.admin.query<{ name: string; n: string }>(
    `select name, count(*) as n from fleet.terminal where name like 'Quay %' group by name`,
  );
  const made = new Map(rows.map(({ name, n }) => [name, Number(n)]));
  const lost = [...load.acknowledged].filter((name) => !made.has(name)).length;
  const doubled = [...made.values()].filter((n) => n > 1).length;
  check(
    lost + doubled === 0,
    `terminals: ${load.acknowledged.size} acknowledged (${load.answersLost} by the second try, the first answer was lost; ${load.refused} tries refused), lost ${lost}, duplicated ${doubled}`,
  );
  const letters = await count(
    `select 1 from condition_analysis.dead_letter where topic = 'da.telemetry' and state = 'waiting'`,
  );
  check(letters === load.poisoned, `poison: ${load.poisoned} events, ${letters} dead letters of condition-analysis`);
  for (const schema of ['fleet', 'user_access', 'audit_log', 'alerting', 'condition_analysis']) {
    const holes = await count(
      `select stream from ${schema}.event group by stream having count(*) <> max(revision) or min(revision) <> 1`,
    );
    const waiting = await count(`select 1 from ${schema}.outbox`);
    check(holes === 0, `facts of ${schema}: ${holes} streams with a hole; ${waiting} wait in the outbox`);
  }
  const published = await eventIds(rig, 'audit');
  const entries = new Set(
    (await rig.admin.query<{ event: string }>('select event from audit_log.audit_entry')).rows.map(
      ({ event }) => event,
    ),
  );
  const missing = [...published].filter((id) => !entries.has(id)).length;
  const invented = [...entries].filter((id) => !published.has(id)).length;
  check(
    published.size > 0 && missing + invented === 0,
    `audit log: ${published.size} events, ${missing} without an entry, ${invented} entries without an event`,
  );
  let [lostRows, extraRows, differing] = [0, 0, 0];
  for (const definition of definitions)
    for (const view of Object.keys(definition.views)) {
      const { tables, records } = await rebuildBeside(
        {
          definition,
          view,
          url: rig.roleUrl(definition.name),
          surroundings: {
            ...rig.adapters,
            environment: { ...rig.environment, DATABASE_URL: rig.roleUrl(definition.name) },
            logger: makeLogger(definition.name, { level: 'warn', file: join(rig.folder, 'rebuild.log') }),
          },
        },
        false,
      );
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      const wrong = tables.filter(({ gone, added }) => gone + added > 0);
      for (const { table, gone, added } of wrong) {
        lostRows += added;
        extraRows += gone;
        if (table === 'kpi_hour' || table === 'move') differing++;
      }
      check(
        wrong.length === 0,
        `${definition.name} ${view}: ${rows} rows as after an undisturbed run over ${records} records${wrong.map(({ table, gone, added }) => `; ${table}: ${gone} too many, ${added} missing`).join('')}`,
      );
    }
  const { rows: kpis } = await rig.admin.query<{ hours: string; moves: string }>(
    'select count(*) as hours, (select count(*) from condition_analysis.move) as moves from condition_analysis.kpi_hour',
  );
  check(
    Number(kpis[0]?.hours) > 0 && Number(kpis[0]?.moves) > 0,
    `KPIs: ${kpis[0]?.hours} hours from ${kpis[0]?.moves} moves, ${differing === 0 ? 'identical to' : 'NOT those of'} the undisturbed run`,
  );
  say(`${load.frames} frames of telemetry; lost and duplicated in read models: ${lostRows}, ${extraRows}`);
  return good;
}

/** Ids of all events of a topic. */
async function eventIds({ adapters: { log } }: ServiceRig, topic: Topic): Promise<Set<string>> {
  const ids = new Set<string>();
  const ends = await log.endOffsets(topic);
  const next = ends.map(() => 0);
  const handle = await log.subscribe({
    group: `chaos-audit-${process.pid}`,
    topics: [topic],
    startAt: async (_topic, partition) => next[partition] ?? 0,
    onBatch: async ({ partition, records }) => {
      for (const { event } of records) ids.add((event as EventEnvelope).id);
      next[partition] = records.at(-1)!.offset + 1;
    },
  });
  await until(() => ends.every((end, partition) => next[partition]! >= end), `reading ${topic}`);
  await handle.stop();
  return ids;
}
