import { describe, expect, it, jest } from '@jest/globals';
import { ESLint } from 'eslint';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
// @ts-expect-error plain JavaScript, read by eslint.config.mjs too
import { rooms } from './rooms.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const eslint = new ESLint({ cwd: root });

/** The room's entry file. */
const entryOf = (folder: string): string =>
  ['index.ts', 'main.ts', 'main.tsx'].map((name) => `${root}${folder}/src/${name}`).find((file) => existsSync(file)) ??
  '';

/** Rules broken by `code` if it stood in the room's entry file. */
async function broken(folder: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: entryOf(folder) });
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
}

// The first lint reads the types of the whole workspace.
jest.setTimeout(120_000);

describe('import rules', () => {
  it.each([
    ['libs/kernel', "import '@quaywatch/contracts';"],
    ['libs/kernel', "import 'zod';"],
    ['libs/kernel', "import 'node:fs';"],
    ['libs/contracts', "import '@quaywatch/ports';"],
    ['libs/contracts', "import 'rxjs';"],
    ['libs/domain/alerts', "import '@quaywatch/domain/fleet';"],
    ['libs/domain/alerts', "import '@quaywatch/ports';"],
    ['libs/domain/alerts', "import 'zod';"],
    ['libs/domain/condition', "import 'node:crypto';"],
    ['libs/ports', "import '@quaywatch/adapters';"],
    ['libs/ports', "import 'pg';"],
    ['libs/adapters', "import '@quaywatch/runtime';"],
    ['libs/adapters', "import '@nestjs/common';"],
    ['libs/runtime', "import '@quaywatch/domain/alerts';"],
    ['libs/runtime', "import 'pg';"],
    ['services/alerting', "import '@quaywatch/adapters';"],
    ['services/alerting', "import '@quaywatch/services/fleet';"],
    ['services/alerting', "import '../../fleet/src/index';"],
    ['services/platform', "import '@quaywatch/adapters';"],
    ['services/portal', "import '@quaywatch/runtime';"],
  ])('refuse in %s: %s', async (folder, code) => {
    expect(await broken(folder, code)).toContain('no-restricted-imports');
  });

  it.each([
    ['libs/domain/alerts', 'export const x = Date.now();', 'no-restricted-syntax'],
    ['libs/domain/alerts', 'export const x = new Date();', 'no-restricted-syntax'],
    ['libs/domain/alerts', 'export const x = Math.random();', 'no-restricted-syntax'],
    ['libs/kernel', 'export const x = process.env;', 'no-restricted-globals'],
  ])('keep %s pure: %s', async (folder, code, rule) => {
    expect(await broken(folder, code)).toContain(rule);
  });

  it.each([
    ['libs/domain/alerts', "import { accept } from '@quaywatch/kernel';\nexport const a = accept;"],
    ['libs/adapters', "import { Pool } from 'pg';\nexport const a = Pool;"],
    ['services/alerting', "import { defineService } from '@quaywatch/runtime';\nexport const a = defineService;"],
  ])('allow in %s what its work needs', async (folder, code) => {
    expect(await broken(folder, code)).not.toContain('no-restricted-imports');
  });

  it('cover every room of the tree', () => {
    const folders = (rooms as { folder: string }[]).map((room) => room.folder);
    const present = ['libs', 'libs/domain', 'services'].flatMap((parent) =>
      readdirSync(`${root}${parent}`)
        .map((name) => `${parent}/${name}`)
        .filter((folder) => existsSync(`${root}${folder}/src/index.ts`)),
    );
    expect(folders).toEqual(expect.arrayContaining(present));
  });
});
