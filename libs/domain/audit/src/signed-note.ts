import { concat, fromBase64, sameBytes, toBase64, toHex, utf8 } from './bytes';
import type { Hash } from './chain';

/** Ed25519 signature of a message (RFC 8032), made with a key that only the caller has. */
export type Sign = (message: Uint8Array) => Uint8Array;

/** Whether `signature` over `message` was made with the key of the 32-byte `publicKey` (Ed25519, RFC 8032). */
export type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** Who signs notes: a name without spaces and `+`, and a 32-byte Ed25519 public key. */
export interface NoteKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

const ed25519 = Uint8Array.of(1);
const signatureLine = /^\u2014 (\S+) (\S+)$/;

/** Key id: the first 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key) (C2SP signed-note). */
export const keyId = (hash: Hash, { name, publicKey }: NoteKey): Uint8Array =>
  hash(concat(utf8(name), Uint8Array.of(10), ed25519, publicKey)).slice(0, 4);

/** The key as one line to hand out: `name+keyid+base64(0x01 ‖ public key)` (C2SP signed-note, verifier key). */
export const verifierKey = (hash: Hash, key: NoteKey): string =>
  `${key.name}+${toHex(keyId(hash, key))}+${toBase64(concat(ed25519, key.publicKey))}`;

/** The key that a verifier line names; undefined when the line is damaged. */
export function readVerifierKey(hash: Hash, line: string): NoteKey | undefined {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line.trim());
  const bytes = fromBase64(match?.[3] ?? '');
  if (!match?.[1] || bytes?.length !== 33 || bytes[0] !== 1) return undefined;
  const key = { name: match[1], publicKey: bytes.slice(1) };
  return toHex(keyId(hash, key)) === match[2] ? key : undefined;
}

/** A signed note (C2SP): the text, which must end with a line feed, an empty line and the signature. */
export function signNote(hash: Hash, key: NoteKey, sign: Sign, text: string): string {
  const signature = toBase64(concat(keyId(hash, key), sign(utf8(text))));
  return `${text}\n\u2014 ${key.name} ${signature}\n`;
}

/** The text of a note that has a good signature of `key`; undefined when it has none or is malformed. */
export function openNote(hash: Hash, key: NoteKey, verify: Verify, note: string): string | undefined {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, split + 1);
  for (const line of note.slice(split + 2, -1).split('\n')) {
    const [, name, encoded] = signatureLine.exec(line) ?? [];
    const bytes = fromBase64(encoded ?? '');
    if (name !== key.name || bytes?.length !== 68 || !sameBytes(bytes.slice(0, 4), keyId(hash, key))) continue;
    if (verify(key.publicKey, utf8(text), bytes.slice(4))) return text;
  }
  return undefined;
}
