import { Controller, Inject } from '@nestjs/common';
import { toIso } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import type { Permission, Principal } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import {
  Api,
  AUDIT,
  Call,
  pageOfRows,
  readCursor,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { BrokerHost } from '../broker/broker-host';
import type { Actor } from '../pki/authorities';
import type { DeviceCommands } from './device-commands';
import { IdentityHost } from './identity-host';

interface DeviceRow extends Record<string, unknown> {
  btu: string;
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

/** The spreader that device `btu` is bound to, and its terminal. */
const placed = `
  left join lateral (select b.spreader, s.terminal from binding b left join spreader s on s.spreader = b.spreader
                     where b.btu = d.btu order by b.valid_from desc limit 1) place on true`;

const actorOf = (principal: Principal, address: string | null): Actor => ({
  org: principal.org,
  kind: principal.kind,
  id: principal.id,
  address,
});

const terminalsOf = (principal: Principal, permission: Permission): string[] | null => {
  const visible = visibleTerminals(principal, permission);
  return visible === 'all' ? null : visible;
};

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
        `select d.btu, p.online, p.last_seen_at, p.firmware, p.quarantined, c.serial, c.not_after, place.spreader
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
        state: row.serial === null ? ('revoked' as const) : ('active' as const),
        connection:
          row.last_seen_at === null ? ('never' as const) : row.online ? ('online' as const) : ('offline' as const),
        last_seen_at: row.last_seen_at === null ? null : toIso(row.last_seen_at),
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
    if (terminalsOf(principal, 'devices.write') !== null) {
      await this.audit.write({
        org: principal.org,
        class: 'authorisation',
        actor: { kind: principal.kind, id: principal.id },
        action: 'device.enrol',
        target: { kind: 'btu', id: body.btu.slice(0, 64) },
        outcome: 'refused',
        reason: 'needs devices.write for the whole organisation',
        address,
      });
      throw new Refused('forbidden', 'Enrolling a device needs a role for the whole organisation.');
    }
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
    await this.needSeen(principal, 'devices.write', btu);
    const revoked = await this.commands.revoke(actorOf(principal, address), btu, body.reason);
    this.broker.cut(btu);
    return { btu, revoked };
  }

  @Api('listQuarantine')
  async quarantine(@Call() { principal, query }: ApiCall<'listQuarantine'>): Promise<ApiAnswer<'listQuarantine'>> {
    const [at = Number.MAX_SAFE_INTEGER, id = ''] = readCursor(query.cursor, ['number', 'string']) ?? [];
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<QuarantineRow>(
        `select d.id, d.btu, d.mqtt_topic, d.reason, d.raw_base64, d.received_at from quarantine d ${placed}
         where ($1::text is null or d.btu = $1) and (d.received_at < $2 or (d.received_at = $2 and d.id > $3))
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

  /** Refuses with `not_found` what is at a terminal that the caller does not see. */
  private async needSeen(principal: Principal, permission: Permission, btu: string): Promise<void> {
    const terminals = terminalsOf(principal, permission);
    if (terminals === null) return;
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query(`select 1 from device d ${placed} where d.btu = $1 and place.terminal = any($2)`, [btu, terminals]),
    );
    if (rows.length === 0) throw new Refused('not_found', `There is no device ${btu}.`);
  }
}
