import type { NativeFrame } from '@quaywatch/contracts';
import type { Instant } from '@quaywatch/kernel';
import type { ExpressFrame } from './express-frame';
import type { SparkplugNode } from './sparkplug-node';

/**
 * What a payload says: frames in their order (none is fine), or why it cannot be decoded (it is then quarantined).
 * `left`: why a part of it is in no frame; the payload is then kept in quarantine as well.
 */
export type Decoded =
  | { readonly ok: true; readonly frames: readonly NativeFrame[]; readonly left?: string }
  | { readonly ok: false; readonly reason: string };

/** One connection of a device, for dialects whose messages lean on earlier ones. */
export interface DialectSession {
  readonly btu: string;
  /** When the connection began, ms UTC. */
  readonly openedAt: Instant;
  /** Sends something back on the same connection, QoS 0; never waits. */
  reply(topic: string, payload: Uint8Array): void;
  /** Numbers given to frames of messages that have none, by stream. */
  readonly numbers: Record<string, number>;
  sparkplug?: SparkplugNode;
  /** The serial in UTF-8, once somebody needed it. */
  serial?: Uint8Array;
  /** A topic of native JSON and its stream, the ones asked for last. */
  native?: { readonly topic: string; readonly stream: string | undefined };
}

/** One way in which devices speak; all are decoded to the native frame, the platform's own shape. */
export interface Dialect {
  readonly name: string;
  /** Topics on which it comes, for people. */
  readonly topics: string;
  /** What it takes at most, beside the bounds of the contracts; for people. */
  readonly limits: Readonly<Record<string, number>>;
  /** True when the topic is of this dialect and of this device. */
  speaks(topic: string, btu: string): boolean;
  /** True when a device may subscribe to the filter because of this dialect. */
  hears?(filter: string, btu: string): boolean;
  /** Undefined, or why a last will of this dialect is refused. Called for wills on a topic that it `speaks`. */
  will?(topic: string, payload: Uint8Array, session: DialectSession): string | undefined;
  /**
   * What `decode` says of the usual payload, `bytes[from, end)`, in a fraction of its time; undefined says nothing: then
   * `decode` is asked.
   */
  express?(
    topic: string,
    bytes: Uint8Array,
    session: DialectSession,
    from?: number,
    end?: number,
  ): ExpressFrame | undefined;
  /** Decodes a payload; never throws. */
  decode(topic: string, payload: Uint8Array, session: DialectSession): Decoded;
}
