import type { NativeFrame } from '@quaywatch/contracts';

/** A decoded frame, or why it cannot be decoded (it is then kept in quarantine). */
export type Decoded = { readonly ok: true; readonly frame: NativeFrame } | { readonly ok: false; readonly reason: string };

/** One way in which devices speak; all are decoded to the native frame, the platform's own shape. */
export interface Dialect {
  readonly name: string;
  /** The stream a topic of this device carries, or undefined when the topic is not of this dialect. */
  streamOf(topic: string, btu: string): string | undefined;
  /** Decodes a payload; never throws. */
  decode(stream: string, btu: string, payload: Uint8Array): Decoded;
}
