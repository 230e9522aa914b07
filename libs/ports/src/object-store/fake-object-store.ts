import { checkObjectKey, checkObjectPrefix } from './object-key';
import type { ObjectInfo, ObjectStore } from './object-store';

/** An ObjectStore in memory. */
export class FakeObjectStore implements ObjectStore {
  private readonly objects = new Map<string, Uint8Array>();

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.objects.set(checkObjectKey(key), bytes.slice());
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.objects.get(checkObjectKey(key))?.slice();
  }

  async getRange(key: string, from: number, to: number): Promise<Uint8Array | undefined> {
    return this.objects.get(checkObjectKey(key))?.slice(from, to);
  }

  async list(prefix: string): Promise<readonly ObjectInfo[]> {
    checkObjectPrefix(prefix);
    return [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, bytes]) => ({ key, size: bytes.length }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async remove(key: string): Promise<void> {
    this.objects.delete(checkObjectKey(key));
  }

  async close(): Promise<void> {}
}
