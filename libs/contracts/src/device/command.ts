import { z } from 'zod';
import { nativeTopicRoot } from './native-json';

/** All that a device may be asked for. None of it moves anything: monitoring is no machine control (law L5). */
export const commandKinds = ['configuration', 'request_burst', 'rebirth', 'upload_log'] as const;

/** What a device may be asked for. */
export const commandKind = z.enum(commandKinds);

/** What a device may be asked for. */
export type CommandKind = z.infer<typeof commandKind>;

const whole = (from: number, to: number) => z.int().min(from).max(to);

/** Parameters of each kind; others are refused, by the platform and by the device. */
export const commandParameters = {
  configuration: z
    .strictObject({
      /** Seconds between two cyclic frames. */
      live_seconds: whole(1, 3600).optional(),
      /** Seconds between two status messages. */
      status_seconds: whole(10, 86_400).optional(),
      log_level: z.enum(['error', 'warn', 'info', 'debug']).optional(),
    })
    .refine((given) => Object.keys(given).length > 0, 'give at least one setting'),
  request_burst: z.strictObject({ signal: z.string().min(1).max(64), seconds: whole(1, 60) }),
  rebirth: z.strictObject({}),
  upload_log: z.strictObject({ lines: whole(1, 5000).default(500) }),
} as const satisfies Record<CommandKind, z.ZodType>;

/** A command on its way to the device, on `bsms/v1/<serial>/cmd`. */
export const deviceCommand = z.strictObject({
  v: z.literal(1),
  id: z.string().max(64),
  kind: commandKind,
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Not to be carried out after this, ms UTC. */
  expiresAt: z.number(),
});

/** A command on its way to the device. */
export type DeviceCommand = z.infer<typeof deviceCommand>;

/** Topic on which the BTU `serial` acknowledges commands. */
export const acknowledgementTopic = (serial: string): string => `${nativeTopicRoot}/${serial}/ack`;

/** What the device answers on `bsms/v1/<serial>/ack`. */
export const commandAcknowledgement = z.strictObject({
  v: z.literal(1),
  id: z.string().max(64),
  ok: z.boolean(),
  detail: z.string().max(200),
  /** For `upload_log`: the text, at most 128 KiB. */
  log: z.string().max(131_072).optional(),
});

/** Topic on which the BTU `serial` tells how it is. */
export const statusTopic = (serial: string): string => `${nativeTopicRoot}/${serial}/status`;

/** How a device is, on `bsms/v1/<serial>/status`; times in ms UTC. */
export const deviceStatus = z.strictObject({
  v: z.literal(1),
  at: z.number(),
  buffer: z.strictObject({
    /** null = it does not count them. */
    frames: z.int().nonnegative().nullable(),
    bytes: z.int().nonnegative(),
    /** Time of the oldest frame that waits; null = none does. */
    oldestAt: z.number().nullable(),
  }),
  /** The radio link; null = wired or not known. dBm. */
  signal: z.strictObject({ technology: z.string().max(16), dbm: z.number() }).nullable(),
});
