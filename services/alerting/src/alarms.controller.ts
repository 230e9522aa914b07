import { Controller, Inject } from '@nestjs/common';
import { alarmDocument } from '@quaywatch/domain/alerts';
import { visibleTerminals } from '@quaywatch/domain/access';
import type { Clock, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  pageOfRows,
  readCursor,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { AlarmDesk } from './alarm-desk';
import { alarmOfRow, type AlarmRow } from './alarm-view';
import { waitForView } from './wait-for-view';
import { terminalSql, whereaboutsOf } from './whereabouts';

/** API: what is wrong, and who takes it. */
@Controller()
export class AlarmsController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(AlarmDesk) private readonly desk: AlarmDesk,
  ) {}

  @Api('listAlarms')
  async list(@Call() { principal, query }: ApiCall<'listAlarms'>): Promise<ApiAnswer<'listAlarms'>> {
    const visible = visibleTerminals(principal, 'alarms.read');
    const [raisedAt, id] = readCursor(query.cursor, ['number', 'string']) ?? [null, null];
    const states = { open: `and a.state <> 'normal'`, closed: `and a.state = 'normal'`, all: '' }[query.state];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<AlarmRow & { number: string | null; terminal: string }>(
        `select a.*, s.number, ${terminalSql} as terminal
         from alarm a
           left join place_spreader s on s.org = a.org and s.spreader = a.spreader
           left join place_crane c on c.org = s.org and c.crane = s.crane
         where ($1::text[] is null or ${terminalSql} = any($1))
           and ($2::text is null or ${terminalSql} = $2)
           and ($3::text is null or a.spreader = $3 or s.number = $3)
           and ($4::double precision is null or (a.raised_at, a.alarm collate "C") < ($4, $5)) ${states}
         order by a.raised_at desc, a.alarm collate "C" desc limit $6`,
        [
          visible === 'all' ? null : visible,
          query.terminal ?? null,
          query.spreader ?? null,
          raisedAt,
          id,
          query.limit + 1,
        ],
      ),
    );
    const { rows: page, ...rest } = pageOfRows(rows, query.limit, (row) => [row.raised_at, row.alarm]);
    const data = page.map((row) =>
      alarmDocument(alarmOfRow(row), { number: row.number ?? '', terminal: row.terminal }),
    );
    return { data, ...rest };
  }

  @Api('getAlarm')
  async get(@Call() { principal, params }: ApiCall<'getAlarm'>): Promise<ApiAnswer<'getAlarm'>> {
    const visible = visibleTerminals(principal, 'alarms.read');
    const [row] = await this.store.readAs(principal.org, (q) =>
      q.query<AlarmRow & { number: string | null; terminal: string }>(
        `select a.*, s.number, ${terminalSql} as terminal
         from alarm a
           left join place_spreader s on s.org = a.org and s.spreader = a.spreader
           left join place_crane c on c.org = s.org and c.crane = s.crane
         where a.alarm = $1 and ($2::text[] is null or ${terminalSql} = any($2))`,
        [params.id, visible === 'all' ? null : visible],
      ),
    );
    if (!row) throw new Refused('not_found', 'There is no such alarm.');
    return alarmDocument(alarmOfRow(row), { number: row.number ?? '', terminal: row.terminal });
  }

  @Api('takeAlarm')
  async take(@Call() { principal, address, params, body }: ApiCall<'takeAlarm'>): Promise<ApiAnswer<'takeAlarm'>> {
    const id = params.id ?? '';
    const visible = visibleTerminals(principal, 'alarms.write');
    const taken = await this.store.transact(async (tx) => {
      const stored = await this.desk.lock(tx, id);
      const where = await whereaboutsOf(tx, principal.org, stored?.alarm.subject.spreader ?? '');
      const mine = stored?.org === principal.org && (visible === 'all' || visible.includes(where.terminal));
      // What lies outside the caller's organisation or terminals is to them as if it did not exist.
      if (!stored || !mine) throw new Refused('not_found', 'There is no such alarm.');
      const decision = await this.desk.acknowledge(tx, stored, principal.id, body.note ?? null);
      if (!decision.ok) throw new Refused(decision.code, decision.reason);
      await this.audit.within(tx, {
        org: principal.org,
        class: 'privileged',
        actor: { kind: principal.kind, id: principal.id },
        action: 'alarm.acknowledge',
        target: { kind: 'alarm', id },
        outcome: 'success',
        address,
      });
      return { ...decision.value, where };
    });
    await waitForView(this.store, this.clock, async (q) => {
      const rows = await q.query('select 1 from alarm where alarm = $1 and revision >= $2', [id, taken.revision]);
      return rows.length > 0;
    });
    return alarmDocument(taken.alarm, taken.where);
  }
}
