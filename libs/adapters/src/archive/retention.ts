import type { ArchivePolicy } from '@quaywatch/contracts';
import { hours, toIso } from '@quaywatch/kernel';
import type { ObjectStore } from '@quaywatch/ports';
import { encode, removalNote, type ArchivedFile } from './archive-files';
import { daysOf, loneHours, readDay, type ArchivedPart, type DayPart } from './segments';

/** A file that retention has removed. */
export interface RemovedFile {
  readonly key: string;
  readonly org: string;
  readonly spreader: string;
}

/**
 * Removes files whose organisation's time is over at `now` (ms) and that no legal hold keeps. The manifest stays; a
 * note beside it says what was removed and when. Tells `onRemoved` of each at once, returns
 * all; `signal` ends it between two files.
 */
export async function applyRetention(
  objects: ObjectStore,
  partitions: number,
  policy: ArchivePolicy,
  now: number,
  options: { readonly onRemoved?: (file: RemovedFile) => void; readonly signal?: AbortSignal } = {},
): Promise<RemovedFile[]> {
  const removed: RemovedFile[] = [];
  const apply = async (parts: readonly (ArchivedPart | DayPart)[], end: number): Promise<void> => {
    for (const part of parts) {
      const { org, spreader } = part;
      const days = policy.days[org];
      const held = policy.holds.some((hold) => hold.org === org && (hold.spreader ?? spreader) === spreader);
      if (days === undefined || held || end + days * hours(24) > now) continue;
      for (const file of filesOf(part)) {
        options.signal?.throwIfAborted();
        if (!(await removeFile(objects, file, now))) continue;
        const one = { key: file.key, org, spreader };
        removed.push(one);
        options.onRemoved?.(one);
      }
    }
  };
  for (let partition = 0; partition < partitions; partition++) {
    const days = await daysOf(objects, partition);
    for (const name of days)
      await apply((await readDay(objects, name)).parts, Date.parse(`${name.day}T00:00:00Z`) + hours(24));
    for (const { parts, hour } of await loneHours(objects, partition, days))
      await apply(parts, Date.parse(hour) + hours(1));
  }
  return removed;
}

const filesOf = (part: ArchivedPart | DayPart): ArchivedFile[] =>
  [part.frames, part.samples, 'index' in part ? part.index : null].filter((file) => file !== null);

async function removeFile(objects: ObjectStore, file: ArchivedFile, now: number): Promise<boolean> {
  const note = removalNote(file.key);
  if (await objects.get(note)) return false;
  // The note first: a file without a note that is missing is damage.
  await objects.put(note, encode({ ...file, removedAt: toIso(now) }));
  await objects.remove(file.key);
  return true;
}
