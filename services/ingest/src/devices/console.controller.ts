import { Controller, Inject } from '@nestjs/common';
import { hours, toIso } from '@quaywatch/kernel';
import type { Clock, EventLog, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  EVENT_LOG,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { CatchUp } from '../broker/catch-up';
import { actorOf } from './actor-of';
import { deviceDetail, spreaderCompleteness } from './device-console';
import { readRefusals } from './refusal-counts';
import { QuarantineReplay } from './quarantine-replay';
import { needWholeOrganisation, placed, terminalsOf } from './terminal-scope';

interface FrameRow extends Record<string, unknown> {
  id: string;
  btu: string;
  mqtt_topic: string;
  raw_base64: string;
  received_at: number;
  replayed_at: number | null;
}

/** API: what the console of a device shows, and how complete the data of a spreader are. */
@Controller()
export class ConsoleController {
  private readonly replay: QuarantineReplay;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) private readonly audit: AuditTrail,
  ) {
    this.replay = new QuarantineReplay({ store, log, clock, audit, catchUp: new CatchUp(store, log, clock) });
  }

  @Api('getDevice')
  async device(@Call() { principal, params }: ApiCall<'getDevice'>): Promise<ApiAnswer<'getDevice'>> {
    const btu = params.id ?? '';
    const terminals = terminalsOf(principal, 'devices.read');
    const found = await this.store.readAs(principal.org, (q) => deviceDetail(q, btu, terminals));
    if (!found) throw new Refused('not_found', `There is no device ${btu}.`);
    return found;
  }

  @Api('listRefusals')
  async refusals(@Call() { principal, query, address }: ApiCall<'listRefusals'>): Promise<ApiAnswer<'listRefusals'>> {
    const target = { kind: 'refusals', id: 'all' };
    await needWholeOrganisation(this.audit, principal, 'refusals.list', target, address, 'devices.read');
    const since = (Math.floor(this.clock.now() / hours(1)) - query.hours + 1) * hours(1);
    const data = await this.store.readAs(principal.org, (q) => readRefusals(q, since));
    return { since: toIso(since), data };
  }

  @Api('getCompleteness')
  async completeness(@Call() { principal, params }: ApiCall<'getCompleteness'>): Promise<ApiAnswer<'getCompleteness'>> {
    const spreader = params.id ?? '';
    const terminals = terminalsOf(principal, 'devices.read');
    const found = await this.store.readAs(principal.org, (q) => spreaderCompleteness(q, spreader, terminals));
    if (!found) throw new Refused('not_found', `There is no spreader ${spreader}.`);
    return found;
  }

  @Api('replayQuarantined')
  async again(
    @Call() { principal, params, address }: ApiCall<'replayQuarantined'>,
  ): Promise<ApiAnswer<'replayQuarantined'>> {
    const id = params.id ?? '';
    const [row] = await this.store.readAs(principal.org, (q) =>
      q.query<FrameRow>(
        `select d.id, d.btu, d.mqtt_topic, d.raw_base64, d.received_at, d.replayed_at from quarantine d ${placed}
         where d.id = $1 and ($2::text[] is null or place.terminal = any($2))`,
        [id, terminalsOf(principal, 'devices.write')],
      ),
    );
    if (!row) throw new Refused('not_found', `There is no frame ${id} in quarantine.`);
    if (row.replayed_at !== null) throw new Refused('conflict', 'This frame was replayed before.');
    const outcome = await this.replay.run(actorOf(principal, address), {
      id,
      btu: row.btu,
      topic: row.mqtt_topic,
      rawBase64: row.raw_base64,
      receivedAt: row.received_at,
    });
    return { id, outcome };
  }
}
