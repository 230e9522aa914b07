import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { events, isEvent, type DataOf, type EventEnvelope } from '@quaywatch/contracts';
import { done, type Outcome } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { applyBurst } from './apply-burst';
import { applyDeviceFact } from './apply-device-fact';
import { noteChange } from './device-changes';
import { applyFrames, applyPresence, applySigns } from './apply-telemetry';

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
          `insert into spreader (org, spreader, terminal, number) values ($1, $2, $3, $4)
           on conflict (org, spreader) do update set terminal = $3, number = $4`,
          [event.org, event.data.spreader, event.data.terminal, event.data.number],
        );
      } else if (isEvent(event, events.btuBound)) {
        const { btu, spreader, from } = event.data;
        await tx.query(
          `insert into binding (org, btu, valid_from, spreader) values ($1, $2, $3, $4)
           on conflict (org, btu, valid_from) do update set spreader = $4`,
          [event.org, btu, from, spreader],
        );
        await noteChange(tx, btu);
      }
    }
    return done;
  }

  // Read when a device comes back and by people. The whole of a batch costs little more than its first event.
  @OnEvents('ingest-window', 'da.telemetry', { mostAtOnce: 2000, restFor: 100 })
  async telemetry(@Payload() { events: batch, tx }: EventBatch): Promise<Outcome> {
    await applyFrames(tx, batch);
    await applySigns(tx, batch);
    await applyPresence(tx, batch);
    for (const event of batch) await applyEvent(tx, event);
    return done;
  }
}

/** What a single event says that the whole batch was not asked for. */
async function applyEvent(tx: Queryable, event: EventEnvelope): Promise<void> {
  if (isEvent(event, events.samplesReceived)) return;
  if (await applyBurst(tx, event)) return;
  if (isEvent(event, events.quarantineReplayed)) return applyReplayed(tx, event);
  if (isEvent(event, events.deviceStatusReported)) return applyStatus(tx, event);
  if (isEvent(event, events.gapReported)) {
    const { btu, boot, stream, from, to } = event.data;
    await tx.query(
      `insert into lost_frames (org, btu, boot, stream, from_seq, to_seq) values ($1, $2, $3, $4, $5, $6)
       on conflict do nothing`,
      [event.org, btu, boot, stream, from, to],
    );
  }
  if (!isEvent(event, events.frameQuarantined)) return;
  const { btu, mqttTopic, reason, rawBase64, receivedAt } = event.data;
  await tx.query(
    `insert into quarantine (org, id, btu, mqtt_topic, reason, raw_base64, received_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do nothing`,
    [event.org, event.id, btu, mqttTopic, reason.replaceAll('\u0000', '\uFFFD'), rawBase64, receivedAt],
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
