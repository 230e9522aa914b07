import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent, type DataOf, type EventEnvelope } from '@quaywatch/contracts';
import { SequenceWindow, withFrame, type FrameRun } from '@quaywatch/domain/telemetry';
import { done, type Outcome } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { applyDeviceFact } from './apply-device-fact';

/** Keeps the views of ingest: devices and certificates, bindings, presence, quarantine, and which frames are stored. */
@Controller()
export class ViewsReactor {
  @OnEvents('ingest-devices', 'devices')
  async devices(@Payload() { events: batch, tx }: EventBatch): Promise<Outcome> {
    for (const event of batch) await applyDeviceFact(tx, event);
    return done;
  }

  @OnEvents('ingest-bindings', 'fleet')
  async bindings(@Payload() { events: batch, tx }: EventBatch): Promise<Outcome> {
    for (const event of batch) {
      if (isEvent(event, events.spreaderCreated)) {
        await tx.query(
          `insert into spreader (org, spreader, terminal) values ($1, $2, $3)
           on conflict (org, spreader) do update set terminal = $3`,
          [event.org, event.data.spreader, event.data.terminal],
        );
      } else if (isEvent(event, events.btuBound)) {
        const { btu, spreader, from } = event.data;
        await tx.query(
          `insert into binding (org, btu, valid_from, spreader) values ($1, $2, $3, $4)
           on conflict (org, btu, valid_from) do update set spreader = $4`,
          [event.org, btu, from, spreader],
        );
      }
    }
    return done;
  }

  @OnEvents('ingest-window', 'da.telemetry')
  async telemetry(@Payload() { events: batch, tx }: EventBatch): Promise<Outcome> {
    await applyFrames(tx, batch);
    for (const event of batch) await applyPresence(tx, event);
    return done;
  }
}

/** `evt_<btu>.<boot>.<stream>.<seq>`: how ingest names the event of a frame. */
const frameId = /^evt_(.+)\.(\d+)\.([a-z]+)\.(\d+)$/;

async function applyFrames(tx: Queryable, batch: readonly EventEnvelope[]): Promise<void> {
  const frames = new Map<
    string,
    { org: string; btu: string; boot: number; stream: string; numbers: [seq: number, at: number][] }
  >();
  for (const event of batch) {
    const [, btu, boot, stream, seq] = frameId.exec(event.id) ?? [];
    if (!btu || !stream) continue;
    const key = `${btu} ${boot} ${stream}`;
    const entry = frames.get(key) ?? { org: event.org, btu, boot: Number(boot), stream, numbers: [] };
    entry.numbers.push([Number(seq), event.time]);
    frames.set(key, entry);
  }
  for (const { org, btu, boot, stream, numbers } of frames.values()) {
    const [row] = await tx.query<{ seen: string; runs: FrameRun[] }>(
      'select seen, runs from sequence_window where btu = $1 and boot = $2 and stream = $3',
      [btu, boot, stream],
    );
    const window = row ? SequenceWindow.fromText(row.seen) : SequenceWindow.empty();
    let runs: readonly FrameRun[] = row?.runs ?? [];
    for (const [seq, at] of numbers) {
      window.add(seq);
      runs = withFrame(runs, seq, at);
    }
    await tx.query(
      `insert into sequence_window (org, btu, boot, stream, seen, runs) values ($1, $2, $3, $4, $5, $6)
       on conflict (btu, boot, stream) do update set seen = $5, runs = $6`,
      [org, btu, boot, stream, window.toText(), JSON.stringify(runs)],
    );
  }
}

async function applyPresence(tx: Queryable, event: EventEnvelope): Promise<void> {
  if (isEvent(event, events.quarantineReplayed)) return applyReplayed(tx, event);
  const data = event.data as { btu: string; receivedAt?: number; firmware?: string };
  // The end of a session that nobody heard is no sign of life.
  const unheard = isEvent(event, events.deviceDisconnected) && event.data.how !== 'goodbye';
  const seen = unheard ? null : (data.receivedAt ?? event.time);
  const online = isEvent(event, events.deviceConnected)
    ? true
    : isEvent(event, events.deviceDisconnected)
      ? false
      : null;
  const quarantined = isEvent(event, events.frameQuarantined);
  await tx.query(
    // Comings and goings may be in two partitions, in either order: the later one counts.
    `insert into presence (org, btu, online, online_since, last_seen_at, firmware, quarantined)
     values ($1, $2, coalesce($3, false), case when $3::boolean is null then null else $7::float8 end, $4, $5, $6)
     on conflict (btu) do update set
       online = case when $3 is null or $7 < presence.online_since then presence.online else $3 end,
       online_since = case when $3 is null then presence.online_since else greatest(presence.online_since, $7) end,
       last_seen_at = greatest(presence.last_seen_at, $4), firmware = coalesce($5, presence.firmware),
       quarantined = presence.quarantined + $6`,
    [event.org, data.btu, online, seen, data.firmware ?? null, quarantined ? 1 : 0, event.time],
  );
  if (isEvent(event, events.deviceStatusReported)) await applyStatus(tx, event);
  if (isEvent(event, events.gapReported)) {
    const { btu, boot, stream, from, to } = event.data;
    await tx.query(
      `insert into lost_frames (org, btu, boot, stream, from_seq, to_seq) values ($1, $2, $3, $4, $5, $6)
       on conflict do nothing`,
      [event.org, btu, boot, stream, from, to],
    );
  }
  if (!quarantined) return;
  const { mqttTopic, reason, rawBase64, receivedAt } = event.data as {
    mqttTopic: string;
    reason: string;
    rawBase64: string;
    receivedAt: number;
  };
  await tx.query(
    `insert into quarantine (org, id, btu, mqtt_topic, reason, raw_base64, received_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do nothing`,
    [event.org, event.id, data.btu, mqttTopic, reason.replaceAll('\u0000', '\uFFFD'), rawBase64, receivedAt],
  );
}

async function applyStatus(
  tx: Queryable,
  { data }: EventEnvelope<DataOf<typeof events.deviceStatusReported>>,
): Promise<void> {
  await tx.query(
    `update presence set status_at = $2, buffer_frames = $3, buffer_bytes = $4, buffer_oldest_at = $5, technology = $6,
       dbm = $7
     where btu = $1 and coalesce(status_at, 0) <= $2`,
    [data.btu, data.at, data.frames, data.bytes, data.oldestAt, data.technology, data.dbm],
  );
}

async function applyReplayed(
  tx: Queryable,
  event: EventEnvelope<DataOf<typeof events.quarantineReplayed>>,
): Promise<void> {
  const done = await tx.query(
    'update quarantine set replayed_at = $2 where id = $1 and replayed_at is null returning id',
    [event.data.frame, event.time],
  );
  if (done.length > 0)
    await tx.query('update presence set quarantined = quarantined - 1 where btu = $1', [event.data.btu]);
}
