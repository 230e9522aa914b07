import type { FirmwareStep, httpSchemas } from '@quaywatch/contracts';
import { completenessOf, type DeviceState, type FrameRun, type LostFrames } from '@quaywatch/domain/telemetry';
import { toIso } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import type { z } from 'zod';
import { connectionOf, maybeIso, stateOf } from './device-state';
import { placed } from './terminal-scope';

type Detail = z.input<typeof httpSchemas.deviceDetail>;
type Completeness = z.input<typeof httpSchemas.completeness>;

interface DetailRow extends Record<string, unknown> {
  btu: string;
  spreader: string | null;
  state: DeviceState;
  state_reason: string | null;
  state_at: number | null;
  enrolled_at: number;
  online: boolean | null;
  last_seen_at: number | null;
  firmware: string | null;
  quarantined: number | null;
  status_at: number | null;
  buffer_frames: number | null;
  buffer_bytes: number | null;
  buffer_oldest_at: number | null;
  technology: string | null;
  dbm: number | null;
}

interface CertificateRow extends Record<string, unknown> {
  serial: string;
  authority: string;
  issued_at: number;
  not_after: number;
  first_used_at: number | null;
  revoked_at: number | null;
  reason: string | null;
}

interface UpdateRow extends Record<string, unknown> {
  rollout: string;
  version: string;
  step: FirmwareStep | null;
  detail: string | null;
  at: number | null;
}

interface StreamRow extends Record<string, unknown> {
  btu: string;
  boot: string;
  stream: string;
  runs: FrameRun[];
  lost: LostFrames[] | null;
}

/** What is known of a device; undefined when there is none of this serial at these terminals (null = at any). */
export async function deviceDetail(q: Queryable, btu: string, terminals: string[] | null): Promise<Detail | undefined> {
  const [row] = await q.query<DetailRow>(
    `select d.btu, d.state, d.state_reason, d.state_at, d.enrolled_at, place.spreader, p.online, p.last_seen_at, p.firmware,
       p.quarantined, p.status_at, p.buffer_frames, p.buffer_bytes, p.buffer_oldest_at, p.technology, p.dbm
     from device d ${placed} left join presence p on p.btu = d.btu
     where d.btu = $1 and ($2::text[] is null or place.terminal = any($2))`,
    [btu, terminals],
  );
  if (!row) return undefined;
  const certificates = await q.query<CertificateRow>(
    `select serial, authority, issued_at, not_after, first_used_at, revoked_at, reason from certificate
     where btu = $1 order by issued_at desc, serial limit 50`,
    [btu],
  );
  const [update] = await q.query<UpdateRow>(
    `select d.rollout, r.version, d.step, d.detail, d.at from rollout_device d join rollout r on r.id = d.rollout
     where d.btu = $1 and d.group_no < r.open_groups order by r.started_at desc, r.id desc limit 1`,
    [btu],
  );
  return {
    btu: row.btu,
    spreader_id: row.spreader,
    state: stateOf(
      row.state,
      certificates.some((one) => one.revoked_at === null),
    ),
    state_reason: row.state_reason,
    state_since: maybeIso(row.state_at),
    enrolled_at: toIso(row.enrolled_at),
    connection: connectionOf(row.last_seen_at, row.online),
    last_seen_at: maybeIso(row.last_seen_at),
    firmware: row.firmware,
    quarantined_frames: row.quarantined ?? 0,
    buffer:
      row.status_at === null
        ? null
        : {
            frames: row.buffer_frames,
            bytes: row.buffer_bytes ?? 0,
            oldest_at: maybeIso(row.buffer_oldest_at),
            told_at: toIso(row.status_at),
          },
    signal: row.technology === null || row.dbm === null ? null : { technology: row.technology, dbm: row.dbm },
    update: update
      ? {
          rollout_id: update.rollout,
          version: update.version,
          step: update.step,
          detail: update.detail,
          at: maybeIso(update.at),
        }
      : null,
    certificates: certificates.map((one) => ({
      serial: one.serial,
      authority_id: one.authority,
      issued_at: toIso(one.issued_at),
      not_after: toIso(one.not_after),
      first_used_at: maybeIso(one.first_used_at),
      revoked_at: maybeIso(one.revoked_at),
      revoked_reason: one.reason,
    })),
  };
}

const mostStreams = 100;
const mostHoles = 100;

/**
 * What is here of the streams that were recorded while their device was bound to a spreader, newest boot first;
 * undefined when there is no such spreader, by id or number, at these terminals (null = at any).
 */
export async function spreaderCompleteness(
  q: Queryable,
  idOrNumber: string,
  terminals: string[] | null,
): Promise<Completeness | undefined> {
  // An id wins over a number that reads the same.
  const [known] = await q.query<{ spreader: string }>(
    `select spreader from spreader where (spreader = $1 or number = $1) and ($2::text[] is null or terminal = any($2))
     order by spreader = $1 desc, spreader limit 1`,
    [idOrNumber, terminals],
  );
  if (!known) return undefined;
  const { spreader } = known;
  const rows = await q.query<StreamRow>(
    `with bound as (select btu, spreader, valid_from, coalesce(lead(valid_from) over (partition by btu order by valid_from),
                      'infinity'::float8) as valid_to from binding)
     select w.btu, w.boot, w.stream, w.runs,
       (select json_agg(json_build_object('from', l.from_seq, 'to', l.to_seq)) from lost_frames l
        where l.btu = w.btu and l.boot = w.boot and l.stream = w.stream) as lost
     from sequence_window w
     where jsonb_array_length(w.runs) > 0 and exists (
       select from bound b where b.btu = w.btu and b.spreader = $1 and b.valid_from <= (w.runs -> -1 ->> 3)::float8
         and b.valid_to > (w.runs -> 0 ->> 2)::float8)
     order by w.boot desc, w.btu, w.stream limit $2`,
    [spreader, mostStreams],
  );
  const streams = rows.flatMap((row) => {
    const found = completenessOf(row.runs, row.lost ?? []);
    if (!found) return [];
    return [
      {
        btu: row.btu,
        boot: Number(row.boot),
        stream: row.stream,
        last_seq: found.lastSeq,
        last_at: toIso(found.lastAt),
        complete_until: maybeIso(found.completeUntil),
        missing: found.missing.slice(-mostHoles).map((hole) => ({
          from_seq: hole.from,
          to_seq: hole.to,
          after: maybeIso(hole.after),
          before: toIso(hole.before),
          lost: hole.lost,
        })),
        truncated: found.missing.length > mostHoles,
        found,
      },
    ];
  });
  const open = streams.filter(({ found }) => found.missing.some(({ lost }) => !lost));
  const missing = streams.flatMap(({ found }) => found.missing).reduce((sum, { from, to }) => sum + to - from + 1, 0);
  // Complete as a whole until the first hole of any stream; without one until the last frame of all.
  const ends =
    open.length > 0 ? open.map(({ found }) => found.completeUntil) : streams.map(({ found }) => found.lastAt);
  const until = ends.some((end) => end === null)
    ? null
    : open.length > 0
      ? Math.min(...(ends as number[]))
      : Math.max(...(ends as number[]));
  return {
    spreader_id: spreader,
    complete_until: until === null || !Number.isFinite(until) ? null : toIso(until),
    missing_frames: missing,
    streams: streams.map(({ found: _, ...shown }) => shown),
  };
}
