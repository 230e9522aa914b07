import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import type { Queryable } from '@quaywatch/ports';
import type { EventBatch } from '@quaywatch/runtime';

/** Stream of a fact that people make, and the row it changes. */
export const bookStreams = {
  stop: (stop: string) => `stop-${stop}`,
  rule: (rule: string) => `rule-${rule}`,
  component: (org: string, serial: string) => `component-${org}.${serial}`,
  settings: (edit: string) => `settings-${edit}`,
  work: (finding: string) => `work-${finding}`,
} as const;

/** Projects facts of topic condition to the tables of consumer `condition-book`. Facts of one stream come in order. */
export async function projectBook({ events: batch, tx }: Pick<EventBatch, 'events' | 'tx'>): Promise<void> {
  for (const event of batch) await project(tx, event);
}

async function project(q: Queryable, event: EventEnvelope): Promise<void> {
  const { org } = event;
  if (isEvent(event, events.conditionChanged)) {
    const { finding, spreader, level, previous, at, failureMode, component } = event.data;
    if (level === 'act_now')
      await q.query(
        `insert into act_now_period (org, finding, spreader, root_cause, from_at) values ($1, $2, $3, $4, $5) on conflict do nothing`,
        [org, finding, spreader, `${failureMode} ${component}`, at],
      );
    else if (previous === 'act_now')
      await q.query('update act_now_period set to_at = $2 where finding = $1 and to_at is null', [finding, at]);
  } else if (isEvent(event, events.stopRecorded)) {
    const { stop, spreader, from, to } = event.data;
    await q.query(
      `insert into stop (org, stop, spreader, from_at, to_at, record) values ($1, $2, $3, $4, $5, $6)
       on conflict (stop) do update set from_at = excluded.from_at, to_at = excluded.to_at, record = excluded.record`,
      [org, stop, spreader, from, to, JSON.stringify(event.data)],
    );
    await seen(q, org, bookStreams.stop(stop));
  } else if (
    isEvent(event, events.ruleDrafted) ||
    isEvent(event, events.ruleApproved) ||
    isEvent(event, events.ruleSwitchedOff)
  ) {
    const { rule } = event.data;
    await q.query(
      `insert into rule_book (org, rule, n, type, fact)
       select $1, $2, coalesce(max(n), 0) + 1, $3, $4 from rule_book where rule = $2`,
      [org, rule, event.type, JSON.stringify(event.data)],
    );
    await seen(q, org, bookStreams.rule(rule));
  } else if (isEvent(event, events.componentFitted)) {
    const { serial, spreader, position, at, cyclesBefore } = event.data;
    const component = bookStreams.component(org, serial);
    await q.query(
      `insert into component_stay (org, serial, n, spreader, position, from_at, cycles_before, scrapped)
       select $1, $2, coalesce(max(n), 0) + 1, $3, $4, $5, $6, false from component_stay where serial = $2 and org = $1`,
      [org, serial, spreader, position, at, cyclesBefore],
    );
    await seen(q, org, component);
  } else if (isEvent(event, events.componentRemoved)) {
    const { serial, at, reason, scrapped } = event.data;
    await q.query(
      `update component_stay set to_at = $3, removed_because = $4, scrapped = $5
       where org = $1 and serial = $2 and to_at is null`,
      [org, serial, at, reason, scrapped],
    );
    await seen(q, org, bookStreams.component(org, serial));
  } else if (isEvent(event, events.settingsProposed)) {
    const { edit, at, scope, of } = event.data;
    await q.query(
      `insert into settings_edit (org, edit, at, scope, of, proposed) values ($1, $2, $3, $4, $5, $6)
       on conflict (edit) do nothing`,
      [org, edit, at, scope, of, JSON.stringify(event.data)],
    );
    await seen(q, org, bookStreams.settings(edit));
  } else if (isEvent(event, events.settingsDecided)) {
    const { edit } = event.data;
    await q.query('update settings_edit set decided = $2 where edit = $1', [edit, JSON.stringify(event.data)]);
    await seen(q, org, bookStreams.settings(edit));
  } else if (isEvent(event, events.findingJudged)) {
    const { finding, spreader, failureMode } = event.data;
    await q.query(
      `insert into finding_verdict (org, finding, spreader, failure_mode, record) values ($1, $2, $3, $4, $5)
       on conflict (finding) do update set record = excluded.record`,
      [org, finding, spreader, failureMode, JSON.stringify(event.data)],
    );
    await seen(q, org, bookStreams.work(finding));
  } else if (isEvent(event, events.findingProgressed)) {
    const { finding, spreader } = event.data;
    await q.query(
      `insert into finding_progress (org, finding, n, spreader, record)
       select $1, $2, coalesce(max(n), 0) + 1, $3, $4 from finding_progress where finding = $2`,
      [org, finding, spreader, JSON.stringify(event.data)],
    );
    await seen(q, org, bookStreams.work(finding));
  }
}

const seen = (q: Queryable, org: string, stream: string): Promise<unknown> =>
  q.query(
    `insert into book_revision as kept (org, stream, revision) values ($1, $2, 1)
     on conflict (stream) do update set revision = kept.revision + 1`,
    [org, stream],
  );
