import { Fault } from '@quaywatch/kernel';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InternalClient, platformPrincipal } from '../internal-client';
import { defaultOrganisation } from '../organisation';
import { runningPeers } from '../run-file';
import { definitions } from '../services';

interface Common {
  readonly dataDir: string;
}

async function clientOf(dataDir: string): Promise<InternalClient> {
  const { peers, clock } = await runningPeers(dataDir);
  return new InternalClient(peers, platformPrincipal(defaultOrganisation), clock);
}

const keepers = definitions.filter((definition) => definition.store).map((definition) => definition.name as string);

function serviceNamed(name: string): string {
  if (keepers.includes(name)) return name;
  throw new Fault('NO_SUCH_SERVICE', `there is no service ${name}; there are: ${keepers.join(', ')}`);
}

const print = (value: unknown, space?: number): void =>
  void process.stdout.write(`${JSON.stringify(value, undefined, space)}\n`);

/** `quaywatch dead-letters list`: NDJSON to standard output, the count of each service and topic to standard error. */
export async function listCommand(
  options: Common & { service?: string; topic?: string; state: string },
): Promise<void> {
  const client = await clientOf(options.dataDir);
  const counts = new Map<string, number>();
  for (const service of options.service ? [serviceNamed(options.service)] : keepers) {
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { limit: '500' };
      if (options.topic) query['topic'] = options.topic;
      if (options.state !== 'all') query['state'] = options.state;
      if (cursor) query['cursor'] = cursor;
      const page = await client.call('listDeadLetters', { params: { service }, query });
      for (const letter of page.data) {
        print({ service, ...letter });
        const name = `${service} ${letter.topic}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      cursor = page.next_cursor;
    } while (cursor);
  }
  for (const [name, count] of [...counts].sort()) process.stderr.write(`${name}: ${count} ${options.state}\n`);
  if (counts.size === 0) process.stderr.write(`no dead letters (${options.state})\n`);
}

/** `quaywatch dead-letters show`. */
export async function showCommand(service: string, id: string, options: Common & { event: boolean }): Promise<void> {
  const client = await clientOf(options.dataDir);
  const letter = await client.call('getDeadLetter', { params: { service: serviceNamed(service), id } });
  print(options.event ? (letter.replacement ?? letter.event) : letter, 2);
}

/** `quaywatch dead-letters fix`. */
export async function fixCommand(
  service: string,
  id: string,
  options: Common & { event: string; reason: string },
): Promise<void> {
  const given = options.event === '-' ? await text(process.stdin) : await readFile(options.event, 'utf8');
  let replacement: Record<string, unknown>;
  try {
    replacement = JSON.parse(given) as Record<string, unknown>;
  } catch (error) {
    throw new Fault('NOT_JSON', `${options.event} is no JSON`, { cause: error });
  }
  const client = await clientOf(options.dataDir);
  const body = { replacement, reason: options.reason };
  print(await client.call('editDeadLetter', { params: { service: serviceNamed(service), id }, body }), 2);
}

/** `quaywatch dead-letters release` and `discard`: one after the other; exit 3 when one was refused. */
export async function decideCommand(
  what: 'releaseDeadLetter' | 'discardDeadLetter',
  service: string,
  ids: readonly string[],
  options: Common & { reason: string },
): Promise<void> {
  const client = await clientOf(options.dataDir);
  for (const id of ids) {
    try {
      const params = { service: serviceNamed(service), id };
      const letter = await client.call(what, { params, body: { reason: options.reason } });
      process.stderr.write(`${service} ${id}: ${letter.state}\n`);
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'CALL_FAILED')) throw error;
      process.stderr.write(`${service} ${id}: ${error.message}\n`);
      process.exitCode = 3;
    }
  }
}
