import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePlace } from '../access/places';
import { unthrottled, WholePlatform } from '../access/whole-platform';

// schemathesis makes requests from the OpenAPI document, good and bad ones, and judges every answer by it. The event
// stream is left out (its answer never ends), and so is revoking programs (it would shut itself out); both have tests of
// their own.

const version = '4.32.5';
const root = fileURLToPath(new URL('../..', import.meta.url));
const seconds = Number(process.env['API_SECONDS'] ?? 120);

/** Finds schemathesis ($SCHEMATHESIS, or in node_modules/.cache), or installs it there with pip. */
function findTool(): string {
  const given = process.env['SCHEMATHESIS'];
  if (given) return given;
  const folder = join(root, 'node_modules', '.cache', `schemathesis-${version}`);
  const tool = join(folder, 'bin', 'schemathesis');
  if (existsSync(tool)) return tool;
  mkdirSync(folder, { recursive: true });
  const run = (command: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000 });
    if (status !== 0) throw new Error(`schemathesis could not be installed: ${stderr}`);
  };
  run('python3', '-m', 'venv', folder);
  run(join(folder, 'bin', 'pip'), 'install', '--quiet', `schemathesis==${version}`);
  return tool;
}

let platform: WholePlatform;
let tool: string;
let token: string;
let configuration: string;
let own: string;

beforeAll(async () => {
  tool = findTool();
  platform = await WholePlatform.start({ SECOND_FACTOR: 'off', ...unthrottled });
  const admin = await platform.firstAdministrator('org_a', 'admin@a.example.com');
  const place = await makePlace(platform, admin, 'org_a', 'api');
  const invited = await admin.json('POST', '/v1/users', {
    name: 'Vic',
    email: 'vic@a.example.com',
    roles: [{ role: 'viewer', scope: 'organisation' }],
  });
  const { id: user } = JSON.parse(invited.text) as { id: string };
  // Ids that exist, so that requests get past `not found`.
  const ids: readonly [readonly string[], string][] = [
    [
      ['getSpreader', 'getSpreaderHealth', 'listMoves', 'listDeviceMoves', 'getSeries', 'assignSpreader', 'bindBtu'],
      place.spreader,
    ],
    [['getFinding'], place.finding],
    [['takeAlarm'], place.alarm],
    [['getUser', 'grantRole', 'revokeRole', 'disableUser', 'enableUser', 'resetFactors', 'listUserSessions'], user],
    [['endUserSessions'], user],
    [['revokeDevice'], place.btu],
  ];
  configuration = join(platform.services.folder, 'schemathesis.toml');
  const operations = ids.flatMap(([names, id]) =>
    names.map((name) => `[[operations]]\ninclude-operation-id = "${name}"\nparameters = { id = "${id}" }\n`),
  );
  await writeFile(configuration, operations.join('\n'));
  const roles = [{ role: 'administrator', scope: 'organisation' }];
  const made = await admin.json('POST', '/v1/api-clients', { name: 'schemathesis', roles });
  const { id, client_secret: secret } = JSON.parse(made.text) as { id: string; client_secret: string };
  const answer = await fetch(`${platform.url}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  // What schemathesis has seen it uses again: it must not shut itself out.
  own = id;
  ({ access_token: token } = (await answer.json()) as { access_token: string });
}, 600_000);
afterAll(() => platform?.stop(), 60_000);

const judge = (...args: string[]): Promise<{ status: number | null; text: string }> =>
  new Promise((resolve) => {
    const child = spawn(
      tool,
      [
        '--config-file',
        configuration,
        'run',
        `${platform.url}/v1/openapi.json`,
        '--url',
        platform.url,
        '--exclude-operation-id',
        'eventStream',
        '--exclude-operation-id',
        'revokeApiClient',
        '--phases',
        'examples,coverage,fuzzing',
        '--generation-deterministic',
        '--suppress-health-check',
        'all',
        '--request-timeout',
        '20',
        '--continue-on-failure',
        '--no-color',
        ...args,
      ],
      { env: { ...process.env, NO_COLOR: '1' } },
    );
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('exit', (status) => resolve({ status, text }));
  });

/** Operations that act on the person who calls, or take one to decide. */
const onlyPeople = /^\S+ \/v1\/(me\/|break-glass$|approvals\/\{id\}\/decision$)/;

const shape =
  'not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance';

describe('the whole OpenAPI document, judged by schemathesis', () => {
  it(
    'signed in as an administrator’s program: no server error, nothing outside the document',
    async () => {
      const { status, text } = await judge(
        '--checks',
        `${shape},unsupported_method,ignored_auth`,
        '--header',
        `Authorization: Bearer ${token}`,
        '--max-examples',
        '20',
        '--max-time',
        String(seconds),
      );
      process.stdout.write(text.slice(Math.max(0, text.search(/= (FAILURES|WARNINGS) =/))));
      expect(status).toBe(0);
      // The program was let in everywhere but where only a person is, and was good to the end.
      const list = /403 Forbidden \(\d+ operations?\):\n((?: +- .*\n)*)/.exec(text)?.[1] ?? '';
      const forbidden = [...list.matchAll(/- (.*)/g)].map(([, operation]) => operation);
      expect(forbidden.filter((operation) => !onlyPeople.test(operation ?? ''))).toEqual([]);
      expect(text).not.toContain('401 Unauthorized');
      const still = await fetch(`${platform.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
      expect([still.status, ((await still.json()) as { id: string }).id]).toEqual([200, own]);
    },
    (seconds + 300) * 1000,
  );

  it(
    'signed in as nobody: the same',
    async () => {
      const { status, text } = await judge('--checks', shape, '--max-examples', '10', '--max-time', String(seconds));
      process.stdout.write(text.slice(-3000));
      expect(status).toBe(0);
    },
    (seconds + 300) * 1000,
  );
});
