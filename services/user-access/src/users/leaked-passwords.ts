import { describeError, Fault } from '@quaywatch/kernel';
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

const line = /^([0-9A-Fa-f]{40})(:\d+)?\r?$/;
/** Longer than any line of such a list. */
const lineBytes = 64;

/**
 * A list of leaked passwords on this machine's disk, as Have I Been Pwned gives it for download: one line each, SHA-1 in
 * hexadecimal and how often it was seen (`<hash>:<count>`), ordered by hash. It is searched where it lies and never
 * loaded: it may be of any size. Nothing of a password leaves the process.
 */
export class LeakedPasswords {
  private constructor(
    private readonly file: FileHandle,
    private readonly size: number,
  ) {}

  /** Rejects with Fault `BAD_PASSWORD_LIST` when the file cannot be read or is not such a list. */
  static async open(path: string): Promise<LeakedPasswords> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'r');
      const list = new LeakedPasswords(file, (await file.stat()).size);
      const [first, last] = [await list.lineAt(0), await list.lineAt(Math.max(0, list.size - 2 * lineBytes))];
      if (!first || !last || first.hash > last.hash) throw new Error('it is not a list of SHA-1 hashes in their order');
      return list;
    } catch (error) {
      await file?.close();
      throw new Fault('BAD_PASSWORD_LIST', `${path}: ${describeError(error)}`);
    }
  }

  /** Whether the password is on the list. */
  async has(password: string): Promise<boolean> {
    const wanted = createHash('sha1').update(password).digest('hex').toUpperCase();
    // Every line that begins before `low` is smaller; no line that begins at or after `high` is the wanted one.
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = await this.lineAt(middle);
      if (!found || found.from >= high) high = middle;
      else if (found.hash === wanted) return true;
      else if (found.hash < wanted) low = found.from + 1;
      else high = middle;
    }
    return false;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** The first line that begins at `offset` or after it; undefined when there is none. */
  private async lineAt(offset: number): Promise<{ from: number; hash: string } | undefined> {
    // One byte before, so that a line that begins at `offset` itself is seen to begin there.
    const start = Math.max(0, offset - 1);
    const buffer = Buffer.alloc(3 * lineBytes);
    const { bytesRead } = await this.file.read(buffer, 0, buffer.length, start);
    const text = buffer.toString('latin1', 0, bytesRead);
    const begin = offset === 0 ? 0 : text.indexOf('\n') + 1;
    if ((offset > 0 && begin === 0) || begin >= text.length) return undefined;
    const end = text.indexOf('\n', begin);
    const hash = line.exec(text.slice(begin, end < 0 ? undefined : end))?.[1];
    if (!hash)
      throw new Fault('BAD_PASSWORD_LIST', `no SHA-1 at byte ${start + begin} of the list of leaked passwords`);
    return { from: start + begin, hash: hash.toUpperCase() };
  }
}
