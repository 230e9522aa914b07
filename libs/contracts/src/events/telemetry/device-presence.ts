import { z } from 'zod';
import { defineEvent } from '../define-event';

const device = { btu: z.string(), spreader: z.string().nullable() };

export const deviceConnected = defineEvent({
  type: 'device-connected',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A device opened an authenticated session.',
  versions: [z.strictObject({ ...device, address: z.string().nullable() })],
});

export const deviceDisconnected = defineEvent({
  type: 'device-disconnected',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A session of a device ended: `goodbye` it said so, `lost` its last will was used, `refused` we cut it.',
  versions: [z.strictObject({ ...device, how: z.enum(['goodbye', 'lost', 'refused']) })],
});

export const deviceBirthReceived = defineEvent({
  type: 'device-birth-received',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A device told who it is after connecting: boot, firmware and the signals it will send.',
  versions: [
    z.strictObject({
      ...device,
      boot: z.int().nonnegative(),
      firmware: z.string(),
      signals: z.array(z.strictObject({ signal: z.string(), unit: z.string() })),
    }),
  ],
});

export const gapReported = defineEvent({
  type: 'gap-reported',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A device had to drop stored data; sequence numbers `from`..`to` of a stream will never come.',
  versions: [
    z.strictObject({
      ...device,
      boot: z.int().nonnegative(),
      stream: z.string(),
      from: z.int().nonnegative(),
      to: z.int().nonnegative(),
      count: z.int().positive(),
    }),
  ],
});

export const deviceAlarmReceived = defineEvent({
  type: 'device-alarm-received',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A device raised or cleared an alarm of its own controller.',
  versions: [
    z.strictObject({
      ...device,
      code: z.string(),
      location: z.string().nullable(),
      active: z.boolean(),
      severity: z.enum(['watch', 'plan', 'act_now']),
      text: z.string(),
      at: z.number(),
    }),
  ],
});

export const frameQuarantined = defineEvent({
  type: 'frame-quarantined',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A device sent a frame that could not be decoded; its raw bytes are kept here for replay after a fix.',
  versions: [
    z.strictObject({
      ...device,
      mqttTopic: z.string(),
      reason: z.string(),
      rawBase64: z.string(),
      receivedAt: z.number(),
    }),
  ],
});

export const deviceStatusReported = defineEvent({
  type: 'device-status-reported',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A device told how it is: what waits in its buffer, and how good its link is.',
  versions: [
    z.strictObject({
      ...device,
      at: z.number(),
      frames: z.int().nonnegative().nullable(),
      bytes: z.int().nonnegative(),
      oldestAt: z.number().nullable(),
      technology: z.string().nullable(),
      dbm: z.number().nullable(),
    }),
  ],
});

export const quarantineReplayed = defineEvent({
  type: 'quarantine-replayed',
  topic: 'da.telemetry',
  owner: 'ingest',
  grade: 'telemetry',
  doc: 'A frame in quarantine was decoded after all: its data are stored now, or were stored already.',
  versions: [
    z.strictObject({
      ...device,
      /** Id of the quarantined frame. */
      frame: z.string(),
      outcome: z.enum(['stored', 'duplicate']),
      by: z.string(),
    }),
  ],
});
