import { describe, expect, it } from '@jest/globals';
import { KnownBlocks } from './known-blocks';

describe('known blocks', () => {
  it('last until their time, and are asked for again after half a minute', () => {
    const blocks = new KnownBlocks();
    blocks.note('short', { since: -10_000, until: 5000 }, 0);
    blocks.note('long', { since: -10_000, until: 900_000 }, 0);
    expect(blocks.blockedFor(['short', 'other'], 4000)).toBe(1000);
    expect(blocks.blockedFor(['short', 'long'], 4000)).toBe(896_000);
    expect(blocks.blockedFor(['short'], 5000)).toBe(0);
    expect(blocks.blockedFor(['long'], 29_999)).toBe(870_001);
    expect(blocks.blockedFor(['long'], 30_000)).toBe(0);
    // The database was asked, and says that it still holds.
    blocks.note('long', { since: -10_000, until: 900_000 }, 30_000);
    expect(blocks.blockedFor(['long'], 40_000)).toBe(860_000);
    blocks.note('long', { since: -10_000, until: 0 }, 41_000);
    expect(blocks.blockedFor(['long'], 41_000)).toBe(0);
  });

  it('are believed for two seconds only while the sign-in that made them may still be right', () => {
    const blocks = new KnownBlocks();
    blocks.note('one', { since: 0, until: 900_000 }, 9999);
    expect(blocks.blockedFor(['one'], 11_998)).toBe(888_002);
    expect(blocks.blockedFor(['one'], 11_999)).toBe(0);
    blocks.note('one', { since: 0, until: 900_000 }, 12_000);
    expect(blocks.blockedFor(['one'], 41_999)).toBe(858_001);
    expect(blocks.blockedFor(['one'], 42_000)).toBe(0);
  });

  it('end when they are lifted', () => {
    const blocks = new KnownBlocks();
    blocks.note('one', { since: 0, until: 60_000 }, 0);
    blocks.forget('one');
    expect(blocks.blockedFor(['one'], 1)).toBe(0);
  });

  it('are bounded: the oldest is forgotten', () => {
    const blocks = new KnownBlocks();
    for (let i = 0; i < 10_001; i++) blocks.note(`key ${i}`, { since: 0, until: 60_000 }, 0);
    expect(blocks.blockedFor(['key 0'], 1)).toBe(0);
    expect(blocks.blockedFor(['key 1'], 1)).toBe(59_999);
    expect(blocks.blockedFor(['key 10000'], 1)).toBe(59_999);
  });
});
