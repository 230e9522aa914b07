import { z } from 'zod';
import { moveClass } from '../condition';
import { histogram } from './histogram';

/** Stream classes of a BTU; each has its own sequence numbers. */
export const deviceStreams = ['live', 'event', 'alarm', 'birth', 'gap', 'move', 'hist'] as const;

/** Stream class of a BTU. */
export const deviceStream = z.enum(deviceStreams);

/** Stream class of a BTU. */
export type DeviceStream = z.infer<typeof deviceStream>;

/** Where the device has its time from, best first; `NONE` = not set since boot. */
export const clockQuality = z.enum(['GNSS', 'NTP', 'CELL', 'RTC', 'NONE']);

/** First level of every device topic, with the version of the native format. */
export const nativeTopicRoot = 'bsms/v1';

/** Topic on which the BTU `serial` publishes `stream`. The tenant is never part of it (law L4). */
export const deviceTopic = (serial: string, stream: DeviceStream | 'state'): string =>
  `${nativeTopicRoot}/${serial}/${stream}`;

/** Topic on which the BTU `serial` receives commands. */
export const commandTopic = (serial: string): string => `${nativeTopicRoot}/${serial}/cmd`;

/** A BTU serial: also CN and SAN of its certificate and its MQTT client id. */
export const btuSerial = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

const value = z.union([z.number(), z.boolean(), z.string().max(256), z.null()]);

/**
 * Samples in columns: each signal has `values`, one for each entry of `t`; `t` are ms relative to the envelope's `tsDev`
 * (negative = before). `null` = missing.
 */
const sampleBlock = z.strictObject({
  signals: z.record(
    z.string().max(64),
    z.strictObject({ t: z.array(z.number()).max(5000), values: z.array(value).max(5000) }),
  ),
});

const birth = z.strictObject({
  firmware: z.string().max(64),
  signals: z.array(z.strictObject({ signal: z.string().max(64), unit: z.string().max(32) })).max(500),
});

const alarm = z.strictObject({
  code: z.string().max(64),
  location: z.string().max(64).nullable(),
  active: z.boolean(),
  severity: z.enum(['watch', 'plan', 'act_now']),
  text: z.string().max(256),
});

const gap = z.strictObject({
  stream: deviceStream,
  /** Boot the dropped data were recorded in. */
  boot: z.int().nonnegative(),
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  count: z.int().positive(),
});

/**
 * A move that the device counted itself, release to release. Kept beside the moves that the platform makes out of the
 * signals, never added to them: the two counts are there to be compared.
 */
const move = z.strictObject({
  /** ULID, made by the device, the same whenever the move is sent. */
  move: z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
  /** ms relative to `tsDev`, which is its end; at most a day. */
  start: z.number().min(-86_400_000).max(0),
  /** null = the device cannot tell. */
  class: moveClass.nullable(),
  boxes: z.int().min(0).max(4).nullable(),
  /** Moves that the device has counted so far, this one included; starts again at 1 when its counter is replaced. */
  total: z.int().positive().nullable(),
  /** What the device measured of this move, by signal, in the catalogue's units; kept with it, not fed to detectors. */
  features: z.record(z.string().max(64), z.number()).refine((all) => Object.keys(all).length <= 64, 'at most 64'),
});

/** How a signal was distributed over the `length` ms before `tsDev`, counted on the device. */
const histogramOverTime = z.strictObject({
  ...histogram.shape,
  length: z
    .number()
    .positive()
    .max(31 * 86_400_000),
});

const envelope = {
  v: z.literal(1),
  /** Spreader serial as the device believes; informative only. */
  sid: z.string().max(64).nullable(),
  /** BTU serial; must equal the certificate's. */
  bid: btuSerial,
  boot: z.int().nonnegative(),
  /** From 1 within (bid, boot, stream), +1 each, never reused. */
  seq: z.int().positive(),
  /** Device time of the body, ms UTC. */
  tsDev: z.number(),
  /** Monotonic ms since boot at `tsDev`. */
  up: z.number().nonnegative(),
  /** Device time of sending, ms UTC. */
  tsSent: z.number(),
  cq: clockQuality,
  /** Was stored on the device before it was sent. */
  hist: z.boolean(),
};

/** A frame of the native JSON format, version 1, by stream. */
export const nativeFrame = z.discriminatedUnion('stream', [
  z.strictObject({ ...envelope, stream: z.literal('live'), body: sampleBlock }),
  z.strictObject({ ...envelope, stream: z.literal('event'), body: sampleBlock }),
  z.strictObject({ ...envelope, stream: z.literal('alarm'), body: alarm }),
  z.strictObject({ ...envelope, stream: z.literal('birth'), body: birth }),
  z.strictObject({ ...envelope, stream: z.literal('gap'), body: gap }),
  z.strictObject({ ...envelope, stream: z.literal('move'), body: move }),
  z.strictObject({ ...envelope, stream: z.literal('hist'), body: histogramOverTime }),
]);

/** A frame of the native JSON format, version 1. */
export type NativeFrame = z.infer<typeof nativeFrame>;

/** Body of the retained `state` message and of the last will. */
export const stateMessage = z.strictObject({ online: z.boolean(), at: z.number().nullable() });
