/**
 * Secrets by name (letters, digits, `-`), read at the time of use so that they can rotate without a restart (law L6).
 */
export interface SecretStore {
  /** The secret's bytes, or undefined when there is none of this name. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * The secret, made by `generate` and kept when it is not there yet. Rejects with Fault `SECRET_MISSING` where
   * secrets are given from outside and may not be made by us (mounted, read-only).
   */
  ensure(name: string, generate: () => Uint8Array | Promise<Uint8Array>): Promise<Uint8Array>;
  /** Replaces the secret. Same refusal as `ensure`. */
  write(name: string, value: Uint8Array): Promise<void>;
}
