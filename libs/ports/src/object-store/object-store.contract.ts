import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ObjectStore } from './object-store';

/** A store that holds nothing of ours yet, and how to clean up after it. */
export interface ObjectStoreUnderTest {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The promises of `ObjectStore`; every implementation has to pass it. */
export function objectStoreContract(name: string, factory: () => Promise<ObjectStoreUnderTest>): void {
  describe(`object store contract: ${name}`, () => {
    let given: ObjectStoreUnderTest;
    const store = (): ObjectStore => given.store;
    // Keys of this run, so that a store that is kept between runs serves as well.
    const run = `contract-${Date.now().toString(36)}-${process.pid}`;
    beforeAll(async () => {
      given = await factory();
    }, 60_000);
    afterAll(async () => {
      for (const { key } of await given.store.list(`${run}/`)) await given.store.remove(key);
      await given.close();
    }, 60_000);

    it('gives back what was put, byte by byte, also when it is empty or large', async () => {
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      const large = new Uint8Array(6_000_000).map((_, i) => i * 31);
      for (const [key, value] of Object.entries({ all, empty: new Uint8Array(), large })) {
        await store().put(`${run}/bytes/${key}`, value);
        const got = await store().get(`${run}/bytes/${key}`);
        expect(got?.length).toBe(value.length);
        expect(Buffer.compare(got as Uint8Array, value)).toBe(0);
      }
    });

    it('answers undefined for what is not there', async () => {
      expect(await store().get(`${run}/no/such-object`)).toBeUndefined();
      expect(await store().get(`${run}`)).toBeUndefined();
    });

    it('gives a part of an object, as far as there is any', async () => {
      await store().put(`${run}/part`, bytes('0123456789'));
      const part = async (from: number, to: number): Promise<string> =>
        new TextDecoder().decode(await store().getRange(`${run}/part`, from, to));
      expect(await part(0, 3)).toBe('012');
      expect(await part(4, 5)).toBe('4');
      expect(await part(7, 100)).toBe('789');
      expect(await store().getRange(`${run}/no/such-object`, 0, 1)).toBeUndefined();
    });

    it('replaces, and does not share memory with the caller', async () => {
      const value = bytes('first');
      await store().put(`${run}/replace`, value);
      value[0] = 0;
      expect(await store().get(`${run}/replace`)).toEqual(bytes('first'));
      await store().put(`${run}/replace`, bytes('2nd'));
      expect(await store().get(`${run}/replace`)).toEqual(bytes('2nd'));
    });

    it('lists by prefix, in order of key, with sizes', async () => {
      for (const key of ['b/2', 'a/1', 'b/10', 'b-1', 'b/c/d.parquet', 'B/1']) {
        await store().put(`${run}/list/${key}`, bytes(key));
      }
      const list = async (prefix: string): Promise<unknown[]> =>
        (await store().list(`${run}/list/${prefix}`)).map(({ key, size }) => [key.slice(run.length + 6), size]);
      expect(await list('b/')).toEqual([
        ['b/10', 4],
        ['b/2', 3],
        ['b/c/d.parquet', 13],
      ]);
      expect(await list('b')).toEqual([
        ['b-1', 3],
        ['b/10', 4],
        ['b/2', 3],
        ['b/c/d.parquet', 13],
      ]);
      expect(await list('b/1')).toEqual([['b/10', 4]]);
      expect(await list('zzz')).toEqual([]);
      expect(await list('')).toHaveLength(6);
    });

    it('removes, twice without complaint', async () => {
      await store().put(`${run}/gone/away`, bytes('x'));
      await store().remove(`${run}/gone/away`);
      await store().remove(`${run}/gone/away`);
      expect(await store().get(`${run}/gone/away`)).toBeUndefined();
      expect(await store().list(`${run}/gone`)).toEqual([]);
      await store().put(`${run}/gone/again`, bytes('y'));
      expect(await store().list(`${run}/gone/`)).toHaveLength(1);
    });

    it('shows an object whole or not at all while it is replaced', async () => {
      const key = `${run}/whole`;
      const size = 200_000;
      await store().put(key, new Uint8Array(size).fill(1));
      const writes = Array.from({ length: 8 }, (_, i) => store().put(key, new Uint8Array(size).fill(i + 2)));
      const reads = await Promise.all(Array.from({ length: 16 }, () => store().get(key)));
      await Promise.all(writes);
      for (const got of reads) {
        expect(got?.length).toBe(size);
        expect(got?.every((byte) => byte === got[0])).toBe(true);
      }
    });

    it.each([
      '',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/../b',
      './a',
      'a/.',
      '.hidden',
      'a b',
      'a\\b',
      'ä',
      'a\0b',
      'x'.repeat(901),
      'x'.repeat(201),
    ])('refuses the key %j', async (key) => {
      const refusal = { name: 'Fault', code: 'OBJECT_KEY' };
      await expect(store().put(key, bytes('x'))).rejects.toMatchObject(refusal);
      await expect(store().get(key)).rejects.toMatchObject(refusal);
      await expect(store().remove(key)).rejects.toMatchObject(refusal);
    });

    it.each(['../', '/', 'a/../', 'a//'])('refuses the prefix %j', async (prefix) => {
      await expect(store().list(prefix)).rejects.toMatchObject({ code: 'OBJECT_KEY' });
    });
  });
}
