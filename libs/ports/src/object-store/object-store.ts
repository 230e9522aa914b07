/** What is known of a stored object. */
export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Keeps bytes under keys (`a/b/c`, letters, digits, `._-/`). A put that resolved is durable and is seen whole or not at all.
 */
export interface ObjectStore {
  /** Stores `bytes`; replaces what was there. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The bytes, or undefined when there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Its bytes from `from` to before `to` (as far as there are any), or undefined when there is no such object. */
  getRange(key: string, from: number, to: number): Promise<Uint8Array | undefined>;
  /** Objects whose key starts with `prefix`, by key. */
  list(prefix: string): Promise<readonly ObjectInfo[]>;
  /** Removes it; no error when it is not there. */
  remove(key: string): Promise<void>;
  close(): Promise<void>;
}
