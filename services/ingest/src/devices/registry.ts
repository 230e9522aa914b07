import type { DeviceRecord, DeviceState, KnownCertificate } from '@quaywatch/domain/telemetry';
import type { Queryable, ViewStore } from '@quaywatch/ports';

/** What ingest must know of a device while it is connected. */
export interface Device extends DeviceRecord {
  readonly btu: string;
  /** Bindings to spreaders, oldest first. */
  readonly bindings: readonly { spreader: string | null; from: number }[];
}

interface DeviceRow extends Record<string, unknown> {
  org: string;
  btu: string;
  state: DeviceState;
  certificates: KnownCertificate[] | null;
  bindings: { spreader: string | null; from: number }[] | null;
}

const select = `
  select d.org, d.btu, d.state,
    (select json_agg(json_build_object('serial', c.serial, 'fingerprint', c.fingerprint, 'authority', c.authority,
       'issuedAt', c.issued_at, 'notAfter', c.not_after, 'revokedAt', c.revoked_at, 'firstUsedAt', c.first_used_at)
       order by c.issued_at) from certificate c where c.btu = d.btu and c.org = d.org) as certificates,
    (select json_agg(json_build_object('spreader', b.spreader, 'from', b.valid_from) order by b.valid_from)
       from binding b where b.btu = d.btu and b.org = d.org) as bindings
  from device d`;

/** The device of this serial, whoever owns it; undefined when it was never enrolled. */
export async function findDevice(store: ViewStore, btu: string): Promise<Device | undefined> {
  const [row] = await store.transact((tx) => tx.query<DeviceRow>(`${select} where d.btu = $1`, [btu]));
  return row && read(row);
}

/** The devices of these serials. */
export async function findDevices(q: Queryable, btus: readonly string[]): Promise<ReadonlyMap<string, Device>> {
  const rows = await q.query<DeviceRow>(`${select} where d.btu = any($1)`, [btus]);
  return new Map(rows.map((row) => [row.btu, read(row)]));
}

/** The devices that were connected when last heard of. */
export async function onlineDevices(q: Queryable): Promise<readonly Device[]> {
  const rows = await q.query<DeviceRow>(`${select} where d.btu in (select btu from presence where online)`);
  return rows.map(read);
}

/** The spreader a device was bound to at a time; null = none. */
export function spreaderAt(device: Device, at: number): string | null {
  let spreader: string | null = null;
  for (const binding of device.bindings) if (binding.from <= at) spreader = binding.spreader;
  return spreader;
}

const read = (row: DeviceRow): Device => ({
  btu: row.btu,
  org: row.org,
  state: row.state,
  certificates: row.certificates ?? [],
  bindings: row.bindings ?? [],
});
