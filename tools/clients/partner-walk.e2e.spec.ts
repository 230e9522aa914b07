import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@quaywatch/adapters';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from '../../services/gateway/test/browser';
import { unthrottled, WholePlatform } from '../access/whole-platform';

// The walk of docs/partners.md, by exactly its commands: from registering a program to the first call, and to a
// webhook whose signature was checked. Only the lines that say `export` are filled in.

const root = fileURLToPath(new URL('../..', import.meta.url));
const doc = readFileSync(join(root, 'docs/partners.md'), 'utf8');
const blocks = (info: string): string[] =>
  [...doc.matchAll(new RegExp(`^\`\`\`${info}\\n([^]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');

let platform: WholePlatform;
let admin: Browser;
let folder: string;

beforeAll(async () => {
  platform = await WholePlatform.start({ SECOND_FACTOR: 'off', ...unthrottled }, true);
  admin = await platform.firstAdministrator('org_a', 'admin@a.example.com');
  folder = mkdtempSync(join(tmpdir(), 'quaywatch-partner-'));
  copyFileSync(join(root, 'clients/python/quaywatch.py'), join(folder, 'quaywatch.py'));
}, 240_000);
afterAll(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function shell(script: string): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-eu', '-c', script], { cwd: folder, timeout: 120_000 });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('close', (status) => resolve({ status, out, err }));
  });
}

describe('the walk of docs/partners.md', () => {
  it('comes to a first call in 3 minutes and to a verified webhook in 5, by the commands that are written there', async () => {
    const from = Date.now();
    // The browser's console: what it would send is sent by the administrator's session.
    const inConsole = async (path: string, init: { method: string; body: string }) => {
      const page = await admin.json(init.method, path, JSON.parse(init.body));
      return { json: () => JSON.parse(page.text) as unknown };
    };
    const [register = ''] = blocks('js');
    const run = new Function('fetch', `return (async () => { return ${register} })()`) as (
      fetch: typeof inConsole,
    ) => Promise<{ id: string; client_secret: string }>;
    const program = await run(inConsole);
    const [receiver = ''] = blocks('py receiver.py');
    writeFileSync(join(folder, 'receiver.py'), receiver);

    const port = await freePort();
    const filled = {
      QUAYWATCH: platform.url,
      ID: program.id,
      CLIENT_SECRET: program.client_secret,
      HOOK: `http://127.0.0.1:${port}/quaywatch`,
      HOOK_PORT: String(port),
    };
    const exports = Object.entries(filled).map(([name, value]) => `export ${name}='${value}'`);
    const steps = blocks('sh').filter((block) => !block.startsWith('export '));
    expect(steps).toHaveLength(3);
    const first = await shell([...exports, ...steps.slice(0, 2)].join('\n'));
    expect(first).toMatchObject({ status: 0 });
    expect(first.out).toContain(program.id);
    const toFirstCall = Date.now() - from;
    const whole = await shell([...exports, ...steps].join('\n'));
    expect(whole).toMatchObject({ status: 0 });
    expect(whole.out).toMatch(/verified dlv_\w+\s*$/);
    const toWebhook = Date.now() - from;
    process.stdout.write(`first call after ${toFirstCall} ms, verified webhook after ${toWebhook} ms\n`);
    expect(toFirstCall).toBeLessThan(180_000);
    expect(toWebhook).toBeLessThan(300_000);
  }, 320_000);
});
