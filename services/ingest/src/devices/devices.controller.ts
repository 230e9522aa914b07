import { Controller, Inject } from '@nestjs/common';
import type { DeviceState } from '@quaywatch/domain/telemetry';
import { toIso } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  pageOfRows,
  readCursor,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { BrokerHost } from '../broker/broker-host';
import type { Actor } from '../pki/authorities';
import { actorOf } from './actor-of';
import type { DeviceCommands } from './device-commands';
import { IdentityHost } from './identity-host';
import { connectionOf, maybeIso, stateOf } from './device-state';
import { findDevice, type Device } from './registry';
import { needSeen, needWholeOrganisation, placed, terminalsOf } from './terminal-scope';

interface DeviceRow extends Record<string, unknown> {
  btu: string;
  state: DeviceState;
  spreader: string | null;
  online: boolean | null;
  last_seen_at: number | null;
  firmware: string | null;
  quarantined: number | null;
  serial: string | null;
  not_after: number | null;
}

interface QuarantineRow extends Record<string, unknown> {
  id: string;
  btu: string;
  mqtt_topic: string;
  reason: string;
  raw_base64: string;
  received_at: number;
}

/**
 * API: devices, their certificates, and frames in quarantine. A device belongs to the terminal of the spreader it is
 * bound to; one that is bound to none belongs to the organisation as a whole.
 */
@Controller()
export class DevicesController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(BrokerHost) private readonly broker: BrokerHost,
    @Inject(IdentityHost) private readonly identity: IdentityHost,
    @Inject(AUDIT) private readonly audit: AuditTrail,
  ) {}

  private get commands(): DeviceCommands {
    return this.identity.parts.commands;
  }

  @Api('listDevices')
  async list(@Call() { principal, query }: ApiCall<'listDevices'>): Promise<ApiAnswer<'listDevices'>> {
    const [after = ''] = readCursor(query.cursor, ['string']) ?? [];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<DeviceRow>(
        `select d.btu, d.state, p.online, p.last_seen_at, p.firmware, p.quarantined, c.serial, c.not_after, place.spreader
         from device d ${placed} left join presence p on p.btu = d.btu
         left join lateral (select serial, not_after from certificate where btu = d.btu and org = d.org and revoked_at is null
                            order by issued_at desc limit 1) c on true
         where d.btu > $1 and ($3::text[] is null or place.terminal = any($3)) order by d.btu limit $2`,
        [after, query.limit + 1, terminalsOf(principal, 'devices.read')],
      ),
    );
    const page = pageOfRows(rows, query.limit, (row) => [row.btu]);
    return {
      data: page.rows.map((row) => ({
        btu: row.btu,
        spreader_id: row.spreader,
        state: stateOf(row.state, row.serial !== null),
        connection: connectionOf(row.last_seen_at, row.online),
        last_seen_at: maybeIso(row.last_seen_at),
        firmware: row.firmware,
        certificate: row.serial === null ? null : { serial: row.serial, not_after: toIso(row.not_after ?? 0) },
        quarantined_frames: row.quarantined ?? 0,
      })),
      next_cursor: page.next_cursor,
      has_more: page.has_more,
    };
  }

  @Api('enrolDevice')
  async enrol(@Call() { principal, body, address }: ApiCall<'enrolDevice'>): Promise<ApiAnswer<'enrolDevice'>> {
    const target = { kind: 'btu', id: body.btu.slice(0, 64) };
    await needWholeOrganisation(this.audit, principal, 'device.enrol', target, address);
    const issued = await this.commands.enrol(actorOf(principal, address), body.btu, body.csr);
    return {
      btu: body.btu,
      certificate: issued.pem,
      chain: this.identity.parts.authorities.anchors,
      not_after: toIso(issued.notAfter),
    };
  }

  @Api('revokeDevice')
  async revoke(
    @Call() { principal, params, body, address }: ApiCall<'revokeDevice'>,
  ): Promise<ApiAnswer<'revokeDevice'>> {
    const btu = params.id ?? '';
    await needSeen(this.store, principal, 'devices.write', btu);
    const revoked = await this.commands.revoke(actorOf(principal, address), btu, body.reason);
    this.broker.cut(btu);
    return { btu, revoked };
  }

  @Api('approveDevice')
  approve(@Call() call: ApiCall<'approveDevice'>): Promise<ApiAnswer<'approveDevice'>> {
    return this.change(call, (actor, btu, reason) => this.commands.approve(actor, btu, reason));
  }

  @Api('rejectDevice')
  reject(@Call() call: ApiCall<'rejectDevice'>): Promise<ApiAnswer<'rejectDevice'>> {
    return this.change(call, (actor, btu, reason) => this.commands.reject(actor, btu, reason));
  }

  @Api('quarantineDevice')
  async lock(@Call() call: ApiCall<'quarantineDevice'>): Promise<ApiAnswer<'quarantineDevice'>> {
    const answer = await this.change(call, (actor, btu, reason) =>
      this.commands.quarantine(actor, btu, 'operator', reason),
    );
    this.broker.cut(answer.btu);
    return answer;
  }

  @Api('releaseDevice')
  release(@Call() call: ApiCall<'releaseDevice'>): Promise<ApiAnswer<'releaseDevice'>> {
    return this.change(call, (actor, btu, reason) => this.commands.release(actor, btu, reason));
  }

  @Api('listQuarantine')
  async quarantine(@Call() { principal, query }: ApiCall<'listQuarantine'>): Promise<ApiAnswer<'listQuarantine'>> {
    const [at = Number.MAX_SAFE_INTEGER, id = ''] = readCursor(query.cursor, ['number', 'string']) ?? [];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<QuarantineRow>(
        `select d.id, d.btu, d.mqtt_topic, d.reason, d.raw_base64, d.received_at from quarantine d ${placed}
         where d.replayed_at is null and ($1::text is null or d.btu = $1) and (d.received_at < $2 or (d.received_at = $2 and d.id > $3))
           and ($5::text[] is null or place.terminal = any($5))
         order by d.received_at desc, d.id limit $4`,
        [query.btu ?? null, at, id, query.limit + 1, terminalsOf(principal, 'devices.read')],
      ),
    );
    const page = pageOfRows(rows, query.limit, (row) => [row.received_at, row.id]);
    return {
      data: page.rows.map((row) => ({
        id: row.id,
        btu: row.btu,
        topic: row.mqtt_topic,
        reason: row.reason,
        raw_base64: row.raw_base64,
        received_at: toIso(row.received_at),
      })),
      next_cursor: page.next_cursor,
      has_more: page.has_more,
    };
  }

  private async change(
    { principal, params, body, address }: Pick<ApiCall<'approveDevice'>, 'principal' | 'params' | 'body' | 'address'>,
    act: (actor: Actor, btu: string, reason: string) => Promise<void>,
  ): Promise<ApiAnswer<'approveDevice'>> {
    const btu = params.id ?? '';
    await needSeen(this.store, principal, 'devices.write', btu);
    await act(actorOf(principal, address), btu, body.reason);
    const device = await findDevice(this.store, btu);
    return { btu, state: stateOf(device?.state ?? 'active', hasGood(device)) };
  }
}

const hasGood = (device: Device | undefined): boolean =>
  device?.certificates.some(({ revokedAt }) => revokedAt === null) ?? false;
