import type { DialectSession } from './dialect';

/** A session for the tests of dialects, with what was sent back. */
export function testSession(
  btu: string,
  openedAt = 1_700_000_000_000,
): DialectSession & { replies: { topic: string; payload: Uint8Array }[] } {
  const replies: { topic: string; payload: Uint8Array }[] = [];
  return { btu, openedAt, numbers: {}, replies, reply: (topic, payload) => void replies.push({ topic, payload }) };
}
