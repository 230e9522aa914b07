import { Controller, Inject } from '@nestjs/common';
import { readManifest, type FirmwareManifest, type FirmwareStep, type Principal } from '@quaywatch/contracts';
import { minutes, toIso } from '@quaywatch/kernel';
import type { Queryable, ViewStore } from '@quaywatch/ports';
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
import { actorOf } from '../devices/actor-of';
import { maybeIso } from '../devices/device-state';
import { IdentityHost } from '../devices/identity-host';
import { needWholeOrganisation, placed } from '../devices/terminal-scope';

interface FirmwareRow extends Record<string, unknown> {
  id: string;
  manifest: string;
  received: string;
  published_at: number | null;
  at: number;
}

interface RolloutRow extends Record<string, unknown> {
  id: string;
  firmware: string;
  version: string;
  state: 'running' | 'stopped' | 'completed';
  reason: string | null;
  groups: number;
  open_groups: number;
  failure_limit: number;
  soak_for: number;
  confirm_for: number;
  started_at: number;
  started_by: string;
  devices: number;
  confirmed: number;
  failed: number;
}

interface ProgressRow extends Record<string, unknown> {
  btu: string;
  group_no: number;
  step: FirmwareStep | null;
  detail: string | null;
  at: number | null;
}

/** API: firmware of devices. It concerns the organisation as a whole, whatever terminal a device is at. */
@Controller()
export class FirmwareController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(IdentityHost) private readonly identity: IdentityHost,
    @Inject(AUDIT) private readonly audit: AuditTrail,
  ) {}

  @Api('publishFirmware')
  async publish(@Call() call: ApiCall<'publishFirmware'>): Promise<ApiAnswer<'publishFirmware'>> {
    await this.need(call, 'firmware.publish');
    const { principal, address, body } = call;
    return this.firmware(principal.org, await this.identity.parts.shelf.begin(actorOf(principal, address), body));
  }

  @Api('sendFirmwarePart')
  async part(@Call() call: ApiCall<'sendFirmwarePart'>): Promise<ApiAnswer<'sendFirmwarePart'>> {
    await this.need(call, 'firmware.publish');
    const { principal, address, params, body } = call;
    const id = params.id ?? '';
    const bytes = Buffer.from(body.data_base64, 'base64');
    await this.identity.parts.shelf.add(actorOf(principal, address), id, body.offset, bytes);
    return this.firmware(principal.org, id);
  }

  @Api('listFirmware')
  async list(@Call() call: ApiCall<'listFirmware'>): Promise<ApiAnswer<'listFirmware'>> {
    await this.need(call, 'firmware.list', 'devices.read');
    const { principal, query } = call;
    const [at = Number.MAX_SAFE_INTEGER, id = ''] = readCursor(query.cursor, ['number', 'string']) ?? [];
    const rows = await this.store.readAs(principal.org, (q) =>
      firmwareRows(q, '(at < $1 or (at = $1 and id > $2)) order by at desc, id limit $3', [at, id, query.limit + 1]),
    );
    const page = pageOfRows(rows, query.limit, (row) => [row.at, row.id]);
    return { data: page.rows.map(shownFirmware), next_cursor: page.next_cursor, has_more: page.has_more };
  }

  @Api('startRollout')
  async start(@Call() call: ApiCall<'startRollout'>): Promise<ApiAnswer<'startRollout'>> {
    await this.need(call, 'rollout.start');
    const { principal, address, body } = call;
    const id = await this.identity.parts.rollouts.start(actorOf(principal, address), {
      firmware: body.firmware_id,
      devices: await this.devices(principal.org, body),
      percentages: body.groups,
      failurePercent: body.failure_percent,
      soakFor: minutes(body.soak_minutes),
      confirmFor: minutes(body.confirm_minutes),
    });
    return this.rollout(principal.org, id);
  }

  @Api('listRollouts')
  async rollouts(@Call() call: ApiCall<'listRollouts'>): Promise<ApiAnswer<'listRollouts'>> {
    await this.need(call, 'rollout.list', 'devices.read');
    const { principal, query } = call;
    const [at = Number.MAX_SAFE_INTEGER, id = ''] = readCursor(query.cursor, ['number', 'string']) ?? [];
    const rows = await this.store.readAs(principal.org, (q) =>
      rolloutRows(
        q,
        '(r.started_at < $1 or (r.started_at = $1 and r.id > $2)) order by r.started_at desc, r.id limit $3',
        [at, id, query.limit + 1],
      ),
    );
    const page = pageOfRows(rows, query.limit, (row) => [row.started_at, row.id]);
    return { data: page.rows.map(shownRollout), next_cursor: page.next_cursor, has_more: page.has_more };
  }

  @Api('getRollout')
  async get(@Call() call: ApiCall<'getRollout'>): Promise<ApiAnswer<'getRollout'>> {
    await this.need(call, 'rollout.list', 'devices.read');
    return this.rollout(call.principal.org, call.params.id ?? '');
  }

  @Api('advanceRollout')
  async advance(@Call() call: ApiCall<'advanceRollout'>): Promise<ApiAnswer<'advanceRollout'>> {
    await this.need(call, 'rollout.open-group');
    const { principal, address, params } = call;
    await this.identity.parts.rollouts.advance(actorOf(principal, address), params.id ?? '');
    return this.rollout(principal.org, params.id ?? '');
  }

  @Api('stopRollout')
  async stop(@Call() call: ApiCall<'stopRollout'>): Promise<ApiAnswer<'stopRollout'>> {
    await this.need(call, 'rollout.stop');
    const { principal, address, params, body } = call;
    await this.identity.parts.rollouts.stop(actorOf(principal, address), params.id ?? '', body.reason);
    return this.rollout(principal.org, params.id ?? '');
  }

  private need(
    {
      principal,
      params,
      address,
    }: { principal: Principal; params: Record<string, string | undefined>; address: string | null },
    action: string,
    permission: 'devices.read' | 'devices.write' = 'devices.write',
  ): Promise<void> {
    const target = { kind: action.split('.')[0] ?? '', id: (params.id ?? 'all').slice(0, 64) };
    return needWholeOrganisation(this.audit, principal, action, target, address, permission);
  }

  /** Serials of the order; `not_found` for one that is no device of the organisation. */
  private async devices(org: string, body: ApiCall<'startRollout'>['body']): Promise<string[]> {
    const rows = await this.store.readAs(org, (q) =>
      q.query<{ btu: string }>(
        `select d.btu from device d ${placed}
         where ($1::text[] is null or d.btu = any($1)) and ($2::text is null or (place.terminal = $2 and d.state = 'active'))
         order by d.btu limit 2000`,
        [body.devices ?? null, body.terminal_id ?? null],
      ),
    );
    const known = new Set(rows.map(({ btu }) => btu));
    const missing = body.devices?.find((btu) => !known.has(btu));
    if (missing !== undefined) throw new Refused('not_found', `There is no device ${missing.slice(0, 64)}.`);
    return body.devices ?? [...known];
  }

  private async firmware(org: string, id: string): Promise<ApiAnswer<'sendFirmwarePart'>> {
    const [row] = await this.store.readAs(org, (q) => firmwareRows(q, 'id = $1', [id]));
    if (!row) throw new Refused('not_found', `There is no firmware ${id}.`);
    return shownFirmware(row);
  }

  private async rollout(org: string, id: string): Promise<ApiAnswer<'getRollout'>> {
    const [[row], progress] = await this.store.readAs(org, async (q) => [
      await rolloutRows(q, 'r.id = $1', [id]),
      await q.query<ProgressRow>(
        'select btu, group_no, step, detail, at from rollout_device where rollout = $1 order by group_no, btu',
        [id],
      ),
    ]);
    if (!row) throw new Refused('not_found', `There is no roll-out ${id}.`);
    return {
      ...shownRollout(row),
      failure_percent: row.failure_limit * 100,
      soak_minutes: row.soak_for / 60_000,
      confirm_minutes: row.confirm_for / 60_000,
      progress: progress.map(({ btu, group_no, step, detail, at }) => ({
        btu,
        group: group_no + 1,
        step,
        detail,
        at: maybeIso(at),
      })),
    };
  }
}

const firmwareRows = (q: Queryable, where: string, parameters: readonly unknown[]): Promise<FirmwareRow[]> =>
  q.query<FirmwareRow>(
    `select * from (
       select id, manifest, size as received, published_at, published_at as at from firmware
       union all select id, manifest, received, null, started_at from firmware_upload) f where ${where}`,
    parameters,
  );

const rolloutRows = (q: Queryable, where: string, parameters: readonly unknown[]): Promise<RolloutRow[]> =>
  q.query<RolloutRow>(
    `select r.*, c.* from rollout r cross join lateral (
       select count(*)::int as devices, count(*) filter (where d.step = 'confirmed')::int as confirmed,
         count(*) filter (where d.step in ('failed', 'rolled_back'))::int as failed
       from rollout_device d where d.rollout = r.id) c where ${where}`,
    parameters,
  );

function shownFirmware(row: FirmwareRow): ApiAnswer<'sendFirmwarePart'> {
  const { model, version, size, sha256, rollback, notes } = readManifest(row.manifest) as FirmwareManifest;
  return {
    id: row.id,
    model,
    version,
    size,
    received: Number(row.received),
    sha256,
    rollback,
    notes,
    state: row.published_at === null ? 'uploading' : 'published',
    published_at: maybeIso(row.published_at),
  };
}

const shownRollout = (row: RolloutRow): ApiAnswer<'listRollouts'>['data'][number] => ({
  id: row.id,
  firmware_id: row.firmware,
  version: row.version,
  state: row.state,
  reason: row.reason,
  started_at: toIso(row.started_at),
  started_by: row.started_by,
  groups: row.groups,
  open_groups: row.open_groups,
  devices: row.devices,
  confirmed: row.confirmed,
  failed: row.failed,
});
