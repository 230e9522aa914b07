import { createHash } from 'node:crypto';
import type { Topic } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { ObjectStore } from '@quaywatch/ports';

/** Topic that is archived. */
export const archivedTopic: Topic = 'da.telemetry';
/** Where everything of the archive is. */
export const root = 'archive/v1';

/** One file of the archive. */
export interface ArchivedFile {
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Puts a file and tells what a manifest says of it. */
export async function store(objects: ObjectStore, key: string, bytes: Uint8Array): Promise<ArchivedFile> {
  await objects.put(key, bytes);
  return { key, sha256: sha256(bytes), bytes: bytes.length };
}

/** The bytes of a file, whose checksum is right; undefined when retention has removed it. Throws Fault `ARCHIVE_DAMAGED`. */
export async function readFile(objects: ObjectStore, file: ArchivedFile): Promise<Uint8Array | undefined> {
  const bytes = await objects.get(file.key);
  if (!bytes) {
    if (await objects.get(removalNote(file.key))) return undefined;
    throw new Fault('ARCHIVE_DAMAGED', `${file.key} is missing`);
  }
  if (sha256(bytes) !== file.sha256)
    throw new Fault('ARCHIVE_DAMAGED', `${file.key} has another checksum than its manifest says`);
  return bytes;
}

/** `work` for every item, some at a time: a store far away answers late, and may not be asked for everything at once. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return results;
}

/** Key of the note that says when retention removed a file. */
export const removalNote = (key: string): string => `${root}/removed/${key.slice(root.length + 1)}.json`;
/** SHA-256, hexadecimal. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** JSON as bytes. */
export const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
/** What `encode` made; undefined stays so. */
export const decode = (bytes: Uint8Array | undefined): unknown =>
  bytes && (JSON.parse(new TextDecoder().decode(bytes)) as unknown);
/** Folder of what a spreader of an organisation sent: names that are no part of a key become their hash. */
export const folderOf = (org: string, spreader: string): string => `${root}/data/${safe(org)}/${safe(spreader)}`;
/** Offsets in keys, so that keys sort as they do. */
export const padded = (offset: number): string => String(offset).padStart(16, '0');

const safe = (name: string): string => (/^[A-Za-z0-9_-]{1,100}$/.test(name) ? name : sha256(Buffer.from(name)));
