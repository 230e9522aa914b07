import { z } from 'zod';
import { commandKind } from '../../device/command';
import { defineEvent } from '../define-event';

const command = { command: z.string(), btu: z.string() };

export const commandRequested = defineEvent({
  type: 'command-requested',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'Somebody asked a device for something: configuration, a burst, a birth message or its log; never a movement.',
  versions: [
    z.strictObject({
      ...command,
      kind: commandKind,
      parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      /** Not sent after this, ms UTC. */
      expiresAt: z.number(),
      by: z.string(),
    }),
  ],
});

export const commandSent = defineEvent({
  type: 'command-sent',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A command went out to its device, which has until `answerBy` to acknowledge it.',
  versions: [z.strictObject({ ...command, answerBy: z.number() })],
});

export const commandAcknowledged = defineEvent({
  type: 'command-acknowledged',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'The device answered a command: done, or refused with its reason.',
  versions: [
    z.strictObject({
      ...command,
      ok: z.boolean(),
      detail: z.string(),
      /** Where what it sent along is kept in the object store; null = nothing. */
      object: z.string().nullable(),
    }),
  ],
});

export const commandTimedOut = defineEvent({
  type: 'command-timed-out',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A command was sent and never acknowledged in time.',
  versions: [z.strictObject(command)],
});

export const commandExpired = defineEvent({
  type: 'command-expired',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A command was never sent: its device did not come in time.',
  versions: [z.strictObject(command)],
});
