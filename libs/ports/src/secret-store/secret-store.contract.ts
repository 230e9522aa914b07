import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SecretStore } from './secret-store';

/** Two openings of the same secrets, as two processes have them, and one that may not write. */
export interface SecretStoreUnderTest {
  readonly store: SecretStore;
  readonly other: SecretStore;
  readonly readOnly: SecretStore;
  close(): Promise<void>;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** The promises of `SecretStore`; every implementation has to pass it. */
export function secretStoreContract(name: string, factory: () => Promise<SecretStoreUnderTest>): void {
  describe(`secret store contract: ${name}`, () => {
    let given: SecretStoreUnderTest;
    beforeAll(async () => {
      given = await factory();
    });
    afterAll(() => given?.close());

    it('answers undefined for a secret that is not there', async () => {
      expect(await given.store.read('no-such-secret')).toBeUndefined();
    });

    it('makes a secret once and gives it ever after', async () => {
      const made = await given.store.ensure('once', () => bytes(0, 1, 255, 10, 13));
      expect(made).toEqual(bytes(0, 1, 255, 10, 13));
      const again = await given.other.ensure('once', () => {
        throw new Error('made twice');
      });
      expect(again).toEqual(made);
      expect(await given.readOnly.read('once')).toEqual(made);
      expect(await given.readOnly.ensure('once', () => bytes(9))).toEqual(made);
    });

    it('gives all who ensure at once the same secret', async () => {
      const stores = Array.from({ length: 20 }, (_, i) => (i % 2 ? given.store : given.other));
      const all = await Promise.all(stores.map((store, i) => store.ensure('race', async () => bytes(i))));
      expect(new Set(all.map(String)).size).toBe(1);
      expect(await given.store.read('race')).toEqual(all[0]);
    });

    it('keeps nothing when generating fails', async () => {
      await expect(given.store.ensure('failed', () => Promise.reject(new Error('no entropy')))).rejects.toThrow(
        'no entropy',
      );
      expect(await given.store.read('failed')).toBeUndefined();
    });

    it('sees a secret that was rotated at the next read', async () => {
      await given.store.write('rotated', bytes(1));
      expect(await given.other.read('rotated')).toEqual(bytes(1));
      await given.other.write('rotated', bytes(2, 2));
      expect(await given.store.read('rotated')).toEqual(bytes(2, 2));
      expect(await given.readOnly.read('rotated')).toEqual(bytes(2, 2));
    });

    it('refuses to make or change secrets that are given from outside', async () => {
      const refusal = { name: 'Fault', code: 'SECRET_MISSING', message: expect.stringContaining('mounted') };
      await expect(given.readOnly.ensure('mounted', () => bytes(1))).rejects.toMatchObject(refusal);
      await expect(given.readOnly.write('mounted', bytes(1))).rejects.toMatchObject(refusal);
      expect(await given.store.read('mounted')).toBeUndefined();
    });

    it.each(['', 'a/b', '..', '../x', 'a.b', 'a b', 'a\0', 'x'.repeat(101)])('refuses the name %j', async (name) => {
      await expect(given.store.read(name)).rejects.toMatchObject({ code: 'SECRET_NAME' });
      await expect(given.store.write(name, bytes(1))).rejects.toMatchObject({ code: 'SECRET_NAME' });
      await expect(given.store.ensure(name, () => bytes(1))).rejects.toMatchObject({ code: 'SECRET_NAME' });
    });
  });
}
