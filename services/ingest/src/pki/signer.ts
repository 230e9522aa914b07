/**
 * Keeps the private keys of certificate authorities and signs with them; no key ever leaves it. Keys are ECDSA P-256.
 * The default keeps them encrypted (`EncryptedKeys`); `CommandSigner` leaves them to a PKCS#11 token or a key service.
 * `test/signers.int.spec.ts` holds all to this.
 */
export interface Signer {
  /** Makes a key: its name from now on, and its public half (SPKI, DER). */
  generate(): Promise<{ readonly ref: string; readonly spki: Uint8Array }>;
  /**
   * ECDSA with SHA-256 over `data`, r and s side by side (64 bytes). Fault `SIGNING_KEY_MISSING` when there is no such
   * key, `SIGNING_KEY_UNREADABLE` when it cannot be decrypted.
   */
  sign(ref: string, data: Uint8Array): Promise<Uint8Array>;
}
