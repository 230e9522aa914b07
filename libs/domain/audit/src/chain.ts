import type { AuditEntry, EventEnvelope } from '@quaywatch/contracts';
import { canonicalJson } from './canonical-json';
import { concat, utf8 } from './bytes';

/** SHA-256. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** Head of a chain without entries: 32 zero bytes. */
export const emptyHead: Uint8Array = new Uint8Array(32);

/** Leaf of an entry: SHA-256(0x00 ‖ bytes of the entry), the prefix as in RFC 6962 section 2.1. */
export const leafOf = (hash: Hash, body: string): Uint8Array => hash(concat(Uint8Array.of(0), utf8(body)));

/** Head after an entry: SHA-256(0x01 ‖ head before ‖ leaf). */
export const headAfter = (hash: Hash, head: Uint8Array, leaf: Uint8Array): Uint8Array =>
  hash(concat(Uint8Array.of(1), head, leaf));

/**
 * The entry that an audit event becomes, as canonical JSON: what happened and its place in the chain of its
 * organisation. Nothing of the time or place of processing is in it, so the log alone decides the chain (law L3).
 */
export function bodyOf(event: EventEnvelope<AuditEntry>, seq: number): string {
  const { id, org, source, data } = event;
  return canonicalJson({ v: 1, seq, id, org, source, ...data });
}

/** What can be read from an entry's body, as far as it is ours; undefined when it is not. */
export function readBody(body: string): { readonly seq: number; readonly org: string } | undefined {
  try {
    const value = JSON.parse(body) as { v?: unknown; seq?: unknown; org?: unknown };
    const ours = value.v === 1 && typeof value.seq === 'number' && typeof value.org === 'string';
    return ours && canonicalJson(value) === body ? { seq: value.seq as number, org: value.org as string } : undefined;
  } catch {
    return undefined;
  }
}
