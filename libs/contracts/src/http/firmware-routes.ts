import { z } from 'zod';
import { firmwareStep, signedManifest } from '../device/firmware';
import { defineRoute } from './define-route';
import { pageOf, pageQuery, timeText } from './schemas';

/** Bytes of every part of an artefact but the last. */
export const firmwarePart = 65_536;

const firmwareView = z.strictObject({
  id: z.string(),
  model: z.string(),
  version: z.string(),
  size: z.int(),
  /** Bytes that are here; it can be rolled out when that is all. */
  received: z.int(),
  sha256: z.string(),
  rollback: z.boolean(),
  notes: z.string(),
  state: z.enum(['uploading', 'published']),
  published_at: timeText.nullable(),
});

const rolloutState = z.enum(['running', 'stopped', 'completed']);

const rolloutSummary = z.strictObject({
  id: z.string(),
  firmware_id: z.string(),
  version: z.string(),
  state: rolloutState,
  /** Why it was stopped; null = it was not. */
  reason: z.string().nullable(),
  started_at: timeText,
  started_by: z.string(),
  groups: z.int(),
  open_groups: z.int(),
  devices: z.int(),
  confirmed: z.int(),
  failed: z.int(),
});

const rolloutView = z.strictObject({
  ...rolloutSummary.shape,
  failure_percent: z.number(),
  soak_minutes: z.number(),
  confirm_minutes: z.number(),
  progress: z.array(
    z.strictObject({
      btu: z.string(),
      group: z.int(),
      /** null = has not begun. */
      step: firmwareStep.nullable(),
      detail: z.string().nullable(),
      at: timeText.nullable(),
    }),
  ),
});

/** Operations about firmware of devices. */
export const firmwareRoutes = {
  publishFirmware: defineRoute({
    id: 'publishFirmware',
    method: 'POST',
    path: '/v1/firmware',
    service: 'ingest',
    permission: 'devices.write',
    freshSignIn: true,
    summary: 'Hand in the signed manifest of a firmware; its artefact follows in parts.',
    body: signedManifest,
    response: firmwareView,
    status: 201,
  }),
  sendFirmwarePart: defineRoute({
    id: 'sendFirmwarePart',
    method: 'POST',
    path: '/v1/firmware/{id}/parts',
    service: 'ingest',
    permission: 'devices.write',
    summary:
      'The next part of an artefact, 65,536 bytes each but the last; with the last one it is checked and published.',
    body: z.strictObject({ offset: z.int().nonnegative(), data_base64: z.base64().max(87_384) }),
    response: firmwareView,
  }),
  listFirmware: defineRoute({
    id: 'listFirmware',
    method: 'GET',
    path: '/v1/firmware',
    service: 'ingest',
    permission: 'devices.read',
    summary: 'Firmware of the organisation, newest first.',
    query: z.strictObject({ ...pageQuery }),
    response: pageOf(firmwareView),
  }),
  startRollout: defineRoute({
    id: 'startRollout',
    method: 'POST',
    path: '/v1/rollouts',
    service: 'ingest',
    permission: 'devices.write',
    freshSignIn: true,
    summary:
      'Roll a firmware out to devices, or to all of a terminal, group by group; it stops by itself when too many fail.',
    body: z
      .strictObject({
        firmware_id: z.string(),
        /** Serials, in the order of the groups. */
        devices: z.array(z.string()).min(1).max(1000).optional(),
        terminal_id: z.string().optional(),
        /** Where each group ends, in percent of the devices. */
        groups: z.array(z.number().positive().max(100)).min(1).max(20).default([5, 25, 100]),
        failure_percent: z.number().min(0).max(100).default(10),
        soak_minutes: z.number().min(0).max(20_160).default(60),
        confirm_minutes: z.number().positive().max(10_080).default(30),
      })
      .refine(
        (body) => (body.devices === undefined) !== (body.terminal_id === undefined),
        'give devices or terminal_id',
      ),
    response: rolloutView,
    status: 201,
  }),
  listRollouts: defineRoute({
    id: 'listRollouts',
    method: 'GET',
    path: '/v1/rollouts',
    service: 'ingest',
    permission: 'devices.read',
    summary: 'Roll-outs of firmware, newest first.',
    query: z.strictObject({ ...pageQuery }),
    response: pageOf(rolloutSummary),
  }),
  getRollout: defineRoute({
    id: 'getRollout',
    method: 'GET',
    path: '/v1/rollouts/{id}',
    service: 'ingest',
    permission: 'devices.read',
    summary: 'A roll-out and how far each of its devices is.',
    response: rolloutView,
  }),
  advanceRollout: defineRoute({
    id: 'advanceRollout',
    method: 'POST',
    path: '/v1/rollouts/{id}/advance',
    service: 'ingest',
    permission: 'devices.write',
    freshSignIn: true,
    summary: 'Open the next group of a roll-out now.',
    body: z.strictObject({}),
    response: rolloutView,
  }),
  stopRollout: defineRoute({
    id: 'stopRollout',
    method: 'POST',
    path: '/v1/rollouts/{id}/stop',
    service: 'ingest',
    permission: 'devices.write',
    summary: 'Stop a roll-out: no further device is offered the firmware.',
    body: z.strictObject({ reason: z.string().min(1).max(200) }),
    response: rolloutView,
  }),
};
