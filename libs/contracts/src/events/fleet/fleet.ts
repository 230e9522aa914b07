import { z } from 'zod';
import { spreaderTypes } from '../../spreader-type';
import { defineEvent } from '../define-event';

const fact = { topic: 'fleet', owner: 'fleet', grade: 'fact' } as const;

export const organisationCreated = defineEvent({
  ...fact,
  type: 'organisation-created',
  doc: 'An organisation (tenant) exists.',
  versions: [z.strictObject({ organisation: z.string(), name: z.string() })],
});

export const terminalCreated = defineEvent({
  ...fact,
  type: 'terminal-created',
  doc: 'A terminal of an organisation exists.',
  versions: [
    z.strictObject({
      terminal: z.string(),
      name: z.string(),
      timeZone: z.string(),
      craneHourValue: z.number().nullable(),
    }),
  ],
});

export const craneCreated = defineEvent({
  ...fact,
  type: 'crane-created',
  doc: 'A crane of a terminal exists.',
  versions: [
    z.strictObject({
      crane: z.string(),
      number: z.string(),
      terminal: z.string(),
      type: z.enum(['sts', 'mhc', 'rtg', 'rmg', 'asc', 'straddle', 'reach_stacker']),
    }),
  ],
});

export const spreaderCreated = defineEvent({
  ...fact,
  type: 'spreader-created',
  doc: 'A spreader exists, with its model and serial number.',
  versions: [
    z.strictObject({
      spreader: z.string(),
      number: z.string(),
      serial: z.string(),
      model: z.string(),
      type: z.enum(spreaderTypes),
      drive: z.enum(['hydraulic', 'electric']),
      terminal: z.string(),
    }),
  ],
});

export const spreaderAssigned = defineEvent({
  ...fact,
  type: 'spreader-assigned',
  doc: 'From `from` on, the spreader hangs under this crane; null = in the workshop or spare.',
  versions: [z.strictObject({ spreader: z.string(), crane: z.string().nullable(), from: z.number() })],
});

export const btuBound = defineEvent({
  ...fact,
  type: 'btu-bound',
  doc: 'From `from` on, what this BTU sends is about this spreader; null = bound to none.',
  versions: [z.strictObject({ btu: z.string(), spreader: z.string().nullable(), from: z.number() })],
});
