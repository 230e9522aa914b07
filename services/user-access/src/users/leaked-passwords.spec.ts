import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LeakedPasswords } from './leaked-passwords';

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase();

describe('a list of leaked passwords', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quaywatch-leaked-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const list = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };

  it.each([1, 2, 3, 10, 1000])('finds each of %d lines, and no other', async (count) => {
    const passwords = Array.from({ length: count }, (_, i) => `password ${i}`);
    const lines = passwords.map((password, i) => `${sha1(password)}:${10 ** (i % 8)}`).sort();
    for (const [end, last] of [
      ['\r\n', ''],
      ['\n', '\n'],
    ] as const) {
      const leaked = await LeakedPasswords.open(await list(`list-${count}`, lines.join(end) + last));
      for (const password of passwords) expect(await leaked.has(password)).toBe(true);
      for (let i = 0; i < 50; i++) expect(await leaked.has(`another ${i}`)).toBe(false);
      await leaked.close();
    }
  });

  it.each([
    ['is not there', 'nowhere', undefined],
    ['is empty', 'empty', ''],
    ['has words instead of hashes', 'words', 'password\nqwerty\n'],
    ['is not in order', 'order', [...'abcdefgh'].map(sha1).sort().reverse().join(':1\n')],
  ])('is refused when it %s', async (_, name, text) => {
    if (text !== undefined) await list(name, text);
    await expect(LeakedPasswords.open(join(folder, name))).rejects.toMatchObject({ code: 'BAD_PASSWORD_LIST' });
  });
});
