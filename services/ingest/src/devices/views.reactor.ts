import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';
import { SequenceWindow } from '@quaywatch/domain/telemetry';
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
  const frames = new Map<string, { org: string; btu: string; boot: number; stream: string; numbers: number[] }>();
  for (const event of batch) {
    const [, btu, boot, stream, seq] = frameId.exec(event.id) ?? [];
    if (!btu || !stream) continue;
    const key = `${btu} ${boot} ${stream}`;
    const entry = frames.get(key) ?? { org: event.org, btu, boot: Number(boot), stream, numbers: [] };
    entry.numbers.push(Number(seq));
    frames.set(key, entry);
  }
  for (const { org, btu, boot, stream, numbers } of frames.values()) {
    const [row] = await tx.query<{ seen: string }>(
      'select seen from sequence_window where btu = $1 and boot = $2 and stream = $3',
      [btu, boot, stream],
    );
    const window = row ? SequenceWindow.fromText(row.seen) : SequenceWindow.empty();
    for (const seq of numbers) window.add(seq);
    await tx.query(
      `insert into sequence_window (org, btu, boot, stream, seen) values ($1, $2, $3, $4, $5)
       on conflict (btu, boot, stream) do update set seen = $5`,
      [org, btu, boot, stream, window.toText()],
    );
  }
}

async function applyPresence(tx: Queryable, event: EventEnvelope): Promise<void> {
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
