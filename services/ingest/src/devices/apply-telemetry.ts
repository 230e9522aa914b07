import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import { SequenceWindow, withFrame, type FrameRun } from '@quaywatch/domain/telemetry';
import type { Queryable } from '@quaywatch/ports';
import { frameNameOf } from '../broker/frame-name';

interface StreamFrames {
  readonly org: string;
  readonly btu: string;
  readonly boot: number;
  readonly stream: string;
  readonly numbers: [seq: number, at: number][];
}

/** Marks the frames of a batch as stored: one question and one statement, however many devices they are of. */
export async function applyFrames(tx: Queryable, batch: readonly EventEnvelope[]): Promise<void> {
  const streams = framesByStream(batch);
  if (streams.length === 0) return;
  // Always in the same order, so that two partitions with frames of one device do not wait for each other crosswise.
  streams.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const keys = [
    streams.map(({ btu }) => btu),
    streams.map(({ boot }) => boot),
    streams.map(({ stream }) => stream),
  ] as const;
  const rows = await tx.query<{ btu: string; boot: string; stream: string; seen: string; runs: FrameRun[] }>(
    `select btu, boot, stream, seen, runs from sequence_window
     where (btu, boot, stream) in (select * from unnest($1::text[], $2::bigint[], $3::text[]))`,
    keys,
  );
  const known = new Map(rows.map((row) => [nameOf(row), row]));
  const seen: string[] = [];
  const allRuns: string[] = [];
  for (const frames of streams) {
    const row = known.get(nameOf(frames));
    const window = row ? SequenceWindow.fromText(row.seen) : SequenceWindow.empty();
    let runs: readonly FrameRun[] = row?.runs ?? [];
    for (const [seq, at] of frames.numbers) {
      window.add(seq);
      runs = withFrame(runs, seq, at);
    }
    seen.push(window.toText());
    allRuns.push(JSON.stringify(runs));
  }
  await tx.query(
    `insert into sequence_window (btu, boot, stream, org, seen, runs)
     select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
     on conflict (btu, boot, stream) do update set seen = excluded.seen, runs = excluded.runs`,
    [...keys, streams.map(({ org }) => org), seen, allRuns],
  );
}

/** What a batch says of its devices beside their comings and goings, as one statement. */
export async function applySigns(tx: Queryable, batch: readonly EventEnvelope[]): Promise<void> {
  const devices = new Map<string, Signs>();
  for (const event of batch) {
    if (isEvent(event, events.quarantineReplayed)) continue;
    const data = event.data as { btu: string; receivedAt?: number; firmware?: string };
    let signs = devices.get(data.btu);
    if (!signs) devices.set(data.btu, (signs = { org: event.org, seen: null, firmware: null, quarantined: 0 }));
    // The end of a session that nobody heard is no sign of life.
    const unheard = isEvent(event, events.deviceDisconnected) && event.data.how !== 'goodbye';
    if (!unheard) signs.seen = Math.max(signs.seen ?? -Infinity, data.receivedAt ?? event.time);
    signs.firmware = data.firmware ?? signs.firmware;
    if (isEvent(event, events.frameQuarantined)) signs.quarantined++;
  }
  if (devices.size === 0) return;
  const rows = [...devices].sort(([a], [b]) => (a < b ? -1 : 1));
  await tx.query(
    `insert into presence (org, btu, last_seen_at, firmware, quarantined)
     select * from unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::integer[])
     on conflict (btu) do update set last_seen_at = greatest(presence.last_seen_at, excluded.last_seen_at),
       firmware = coalesce(excluded.firmware, presence.firmware),
       quarantined = presence.quarantined + excluded.quarantined`,
    [
      rows.map(([, { org }]) => org),
      rows.map(([btu]) => btu),
      rows.map(([, { seen }]) => seen),
      rows.map(([, { firmware }]) => firmware),
      rows.map(([, { quarantined }]) => quarantined),
    ],
  );
}

/**
 * Comings and goings of a batch, for devices that have their row. They may be in two partitions, in either order: the
 * later one counts.
 */
export async function applyPresence(tx: Queryable, batch: readonly EventEnvelope[]): Promise<void> {
  const latest = new Map<string, { online: boolean; at: number }>();
  for (const event of batch) {
    if (!isEvent(event, events.deviceConnected) && !isEvent(event, events.deviceDisconnected)) continue;
    const { btu } = event.data;
    if (event.time < (latest.get(btu)?.at ?? -Infinity)) continue;
    latest.set(btu, { online: isEvent(event, events.deviceConnected), at: event.time });
  }
  if (latest.size === 0) return;
  const rows = [...latest].sort(([a], [b]) => (a < b ? -1 : 1));
  await tx.query(
    `update presence set online = news.online, online_since = news.at
     from unnest($1::text[], $2::boolean[], $3::float8[]) as news(btu, online, at)
     where presence.btu = news.btu and coalesce(presence.online_since, news.at) <= news.at`,
    [rows.map(([btu]) => btu), rows.map(([, { online }]) => online), rows.map(([, { at }]) => at)],
  );
}

interface Signs {
  readonly org: string;
  seen: number | null;
  firmware: string | null;
  quarantined: number;
}

const nameOf = (stream: { btu: string; boot: number | string; stream: string }): string =>
  `${stream.btu} ${stream.boot} ${stream.stream}`;

function framesByStream(batch: readonly EventEnvelope[]): StreamFrames[] {
  const streams = new Map<string, StreamFrames>();
  for (const event of batch) {
    const name = frameNameOf(event.id);
    if (!name) continue;
    const { btu, boot, stream, seq } = name;
    const key = nameOf(name);
    let frames = streams.get(key);
    if (!frames) streams.set(key, (frames = { org: event.org, btu, boot, stream, numbers: [] }));
    frames.numbers.push([seq, event.time]);
  }
  return [...streams.values()];
}
