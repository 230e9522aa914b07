import { describe, expect, it } from '@jest/globals';
import { readDatagram, written } from './quota-gossip';
import { Quotas, quotaWindow } from './quotas';

const start = 1_800_000_000_000;

/** Gateways with one clock, and messages between them that can be lost, doubled and late. */
function gateways(count: number) {
  const clock = { now: start };
  const all = Array.from({ length: count }, (_, i) => ({ name: `g${i}`, quotas: new Quotas(() => clock.now) }));
  const exchange = (): void => {
    for (const from of all)
      for (const share of from.quotas.shares())
        for (const to of all) if (to !== from) to.quotas.learn(from.name, share);
  };
  return { clock, all, exchange };
}

describe('quotas', () => {
  it('admits as many as the limit, then none until the window ends', () => {
    const { clock, all } = gateways(1);
    const quotas = all[0]!.quotas;
    const take = (): boolean => quotas.take('caller', 'usr_1', 5, 1).allowed;
    expect(Array.from({ length: 7 }, take)).toEqual([true, true, true, true, true, false, false]);
    const { left, reset } = quotas.take('caller', 'usr_1', 5, 1);
    expect(left).toBe(0);
    expect(reset).toBeGreaterThan(0);
    expect(reset).toBeLessThanOrEqual(quotaWindow);
    // Another key, and the same key of another kind, are not concerned.
    expect(quotas.take('caller', 'usr_2', 5, 1).left).toBe(4);
    expect(quotas.take('address', 'usr_1', 5, 1).left).toBe(4);
    clock.now += reset - 1;
    expect(take()).toBe(false);
    clock.now += 1;
    expect(take()).toBe(true);
  });

  it('gives one quota for all gateways, whichever of them a caller comes to', () => {
    const { all, exchange } = gateways(3);
    let admitted = 0;
    for (let i = 0; i < 300; i++) {
      if (all[i % 3]!.quotas.take('caller', 'usr_1', 90, 1).allowed) admitted++;
      if (i % 10 === 9) exchange();
    }
    // Over by at most what comes between two exchanges.
    expect(admitted).toBeGreaterThanOrEqual(90);
    expect(admitted).toBeLessThanOrEqual(100);
    // Nobody who stays with one gateway is cut to a part of the quota.
    const { all: others, exchange: tell } = gateways(3);
    let alone = 0;
    for (let i = 0; i < 100; i++) {
      if (others[0]!.quotas.take('caller', 'usr_1', 90, 1).allowed) alone++;
      tell();
    }
    expect(alone).toBe(90);
  });

  it('counts the same when shares are doubled, late, in another order, or lost once', () => {
    const { all } = gateways(2);
    const [here, there] = [all[0]!.quotas, all[1]!.quotas];
    const shares = [];
    for (let i = 0; i < 4; i++) {
      here.take('caller', 'usr_1', 100, 5);
      shares.push(...here.shares());
    }
    const lost = shares.filter(({ count }) => count !== 10);
    for (const share of [...lost].reverse().concat(lost)) there.learn('g0', share);
    expect(there.take('caller', 'usr_1', 100, 1).left).toBe(79);
    // The last share is told twice, and then no more.
    here.take('caller', 'usr_1', 100, 5);
    expect([here.shares(), here.shares(), here.shares()].map(({ length }) => length)).toEqual([1, 1, 0]);
  });

  it('forgets what others told when the window ends, and takes no share of another window', () => {
    const { clock, all, exchange } = gateways(2);
    const [here, there] = [all[0]!.quotas, all[1]!.quotas];
    here.take('caller', 'usr_1', 10, 10);
    const [old] = here.shares();
    there.learn('g0', old!);
    expect(there.take('caller', 'usr_1', 10, 1).allowed).toBe(false);
    clock.now += quotaWindow;
    there.learn('g0', old!);
    expect(there.take('caller', 'usr_1', 10, 1)).toMatchObject({ allowed: true, left: 9 });
    exchange();
    expect(here.take('caller', 'usr_1', 10, 1).left).toBe(8);
  });
});

describe('datagrams of quotas', () => {
  const id = Buffer.from('gateway1');
  const shares = [{ hash: Buffer.from('abcdefghijkl').toString('base64url'), window: 30_000_000, count: 7 }];

  it('say what was written', () => {
    expect(readDatagram(written(id, shares, 'key'), 'key')).toEqual({ id, shares });
  });

  it('are not taken when changed, cut, or written with another key', () => {
    const good = written(id, shares, 'key');
    expect(readDatagram(good, 'other')).toBeUndefined();
    for (let i = 0; i < good.length; i++) {
      const bad = Buffer.from(good);
      bad[i]! ^= 1;
      expect(readDatagram(bad, 'key')).toBeUndefined();
      expect(readDatagram(good.subarray(0, i), 'key')).toBeUndefined();
    }
  });
});
