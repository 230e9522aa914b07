import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectStoreContract, secretStoreContract } from '@quaywatch/ports/testing';
import { fileSecretStore } from './file-secret-store';
import { filesystemObjectStore } from './filesystem-object-store';

const folders: string[] = [];
const freshFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'quaywatch-files-'));
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

objectStoreContract('file system', async () => {
  const store = filesystemObjectStore(join(freshFolder(), 'objects'));
  return { store, close: () => store.close() };
});

secretStoreContract('files', async () => {
  const folder = join(freshFolder(), 'secrets');
  return {
    store: fileSecretStore(folder),
    other: fileSecretStore(folder, { writable: true }),
    readOnly: fileSecretStore(folder, { writable: false }),
    close: async () => {},
  };
});

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('filesystemObjectStore', () => {
  it('leaves nothing but the objects behind: no temporary file, no empty folder', async () => {
    const folder = freshFolder();
    const store = filesystemObjectStore(folder);
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.put(`a/b${i % 3}/c${i}`, text('x'))));
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.remove(`a/b${i % 3}/c${i}`)));
    expect(readdirSync(folder)).toEqual(['.incoming']);
    expect(readdirSync(join(folder, '.incoming'))).toEqual([]);
  });

  it('does not lose a put to the clearing of an empty folder', async () => {
    const store = filesystemObjectStore(freshFolder());
    for (let i = 0; i < 50; i++) {
      await store.put('deep/er/one', text('1'));
      await Promise.all([store.remove('deep/er/one'), store.put('deep/er/two', text('2'))]);
      expect(await store.get('deep/er/two')).toEqual(text('2'));
      await store.remove('deep/er/two');
    }
  });

  it('clears what a killed writer left, after a day', async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, '.incoming'));
    for (const name of ['.old.tmp', '.new.tmp']) writeFileSync(join(folder, '.incoming', name), 'half');
    utimesSync(join(folder, '.incoming', '.old.tmp'), 1, 1);
    await filesystemObjectStore(folder).put('a', text('x'));
    expect(readdirSync(join(folder, '.incoming'))).toEqual(['.new.tmp']);
  });

  it('says which key cannot be, when it is a folder of others', async () => {
    const store = filesystemObjectStore(freshFolder());
    await store.put('a/b', text('x'));
    await expect(store.put('a', text('x'))).rejects.toMatchObject({ code: 'OBJECT_KEY' });
    await expect(store.put('a/b/c', text('x'))).rejects.toMatchObject({ code: 'OBJECT_KEY' });
    await store.remove('a');
    expect(await store.get('a/b')).toEqual(text('x'));
  });

  it('tells a folder that cannot be used, as a passing fault', async () => {
    const file = join(freshFolder(), 'file');
    writeFileSync(file, '');
    for (const folder of [join(file, 'x'), '/proc/quaywatch/x']) {
      const work = filesystemObjectStore(folder).put('a', text('x'));
      await expect(work).rejects.toMatchObject({ code: 'OBJECT_STORE_UNAVAILABLE', retryable: true });
    }
  });
});

describe('fileSecretStore', () => {
  it('keeps secrets from other users', async () => {
    const folder = join(freshFolder(), 'secrets');
    const store = fileSecretStore(folder);
    await store.ensure('made', () => text('a'));
    await store.write('written', text('b'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of ['made', 'written']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['made', 'written']);
  });
});
