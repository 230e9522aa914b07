import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createQuaywatch } from '../../clients/typescript/client';
import { unthrottled, WholePlatform } from '../access/whole-platform';

// npm run test:clients: the steps of docs/partners.md with the generated clients against the running platform.

let platform: WholePlatform;
let program: { id: string; client_secret: string };
let startedAt: number;

beforeAll(async () => {
  platform = await WholePlatform.start({ SECOND_FACTOR: 'off', ...unthrottled });
  const admin = await platform.firstAdministrator('org_a', 'admin@a.example.com');
  startedAt = Date.now();
  const roles = [{ role: 'fleet_manager', scope: 'organisation' }];
  program = JSON.parse((await admin.json('POST', '/v1/api-clients', { name: 'Terminal system', roles })).text) as never;
}, 240_000);
afterAll(() => platform?.stop(), 60_000);

/** Runs Python with the client; its last line is JSON. */
function python(code: string, ...args: string[]): Promise<unknown> {
  const head =
    'import json, sys\nsys.path.insert(0, "clients/python")\nsys.dont_write_bytecode = True\nfrom quaywatch import *\n';
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-c', head + code, ...args]);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (status) => {
      if (status === 0) resolve(JSON.parse(out.trim().split('\n').at(-1) ?? 'null'));
      else reject(new Error(err));
    });
  });
}

describe('a new partner', () => {
  it('makes the first call with the TypeScript client', async () => {
    const client = createQuaywatch({
      baseUrl: platform.url,
      clientId: program.id,
      clientSecret: program.client_secret,
    });
    const me = await client.GET('/v1/me');
    expect(me.data?.id).toBe(program.id);
    expect(Date.now() - startedAt).toBeLessThan(180_000);
    const body = { name: 'Quay 1', time_zone: 'Europe/Stockholm' };
    const headers = { 'Idempotency-Key': 'first-terminal-0001' };
    const made = await client.POST('/v1/terminals', { body, headers });
    const again = await client.POST('/v1/terminals', { body, headers });
    expect([made.response.status, again.data, again.response.headers.get('idempotency-replayed')]).toEqual([
      201,
      made.data,
      'true',
    ]);
    expect(again.response.headers.get('api-version')).toBe('2026-11-01');
    const wrong = await client.POST('/v1/terminals', { body: { ...body, name: 'Quay 2' }, headers });
    expect([wrong.response.status, wrong.error?.status]).toEqual([422, 422]);
  }, 120_000);

  it('does the same with the Python client, pages through lists and understands refusals', async () => {
    const answer = await python(
      `
q = Quaywatch(sys.argv[1], sys.argv[2], sys.argv[3])
me = q.me()["id"]
for n in range(3): q.create_terminal({"name": f"Python {n}", "time_zone": "UTC"})
def seen():
    return sorted(t["name"] for t in q.pages(q.list_terminals, limit=1) if t["name"].startswith("Python"))
import time
until = time.time() + 30
while len(seen()) < 3 and time.time() < until: time.sleep(0.2)
forbidden = None
try:
    q.list_audit_events()
except ApiError as error:
    forbidden = error.status
print(json.dumps({"me": me, "names": seen(), "forbidden": forbidden}))
`,
      platform.url,
      program.id,
      program.client_secret,
    );
    expect(answer).toEqual({ me: program.id, names: ['Python 0', 'Python 1', 'Python 2'], forbidden: 403 });
  }, 120_000);

  it('tells a webhook of ours from another with the Python client', async () => {
    const key = Buffer.alloc(32, 7);
    const stamp = String(Math.floor(Date.now() / 1000));
    const body = '{"type":"alarm.raised"}';
    const signature = createHmac('sha256', key).update(`msg_1.${stamp}.${body}`).digest('base64');
    const judged = await python(
      `
h = {"Webhook-Id": "msg_1", "Webhook-Timestamp": sys.argv[2], "Webhook-Signature": "v1,other v1," + sys.argv[3]}
b = sys.argv[4].encode()
old = dict(h, **{"Webhook-Timestamp": str(int(sys.argv[2]) - 3600)})
print(json.dumps([verify_webhook(sys.argv[1], h, b), verify_webhook(sys.argv[1], h, b + b" "), verify_webhook(sys.argv[1], old, b)]))
`,
      `whsec_${key.toString('base64')}`,
      stamp,
      signature,
      body,
    );
    expect(judged).toEqual([true, false, false]);
  }, 60_000);
});
