import type { NativeFrame } from '@quaywatch/contracts';
import type { Instant } from '@quaywatch/kernel';
import type { SparkplugNode } from './sparkplug-node';

/** What a payload says: frames in their order (none is fine), or why it cannot be decoded (it is then quarantined). */
export type Decoded =
  { readonly ok: true; readonly frames: readonly NativeFrame[] } | { readonly ok: false; readonly reason: string };

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
}

/** One way in which devices speak; all are decoded to the native frame, the platform's own shape. */
export interface Dialect {
  readonly name: string;
  /** Topics on which it comes, for people. */
  readonly topics: string;
  /** True when the topic is of this dialect and of this device. */
  speaks(topic: string, btu: string): boolean;
  /** True when a device may subscribe to the filter because of this dialect. */
  hears?(filter: string, btu: string): boolean;
  /** Undefined, or why a last will of this dialect is refused. Called for wills on a topic that it `speaks`. */
  will?(topic: string, payload: Uint8Array, session: DialectSession): string | undefined;
  /** Decodes a payload; never throws. */
  decode(topic: string, payload: Uint8Array, session: DialectSession): Decoded;
}
