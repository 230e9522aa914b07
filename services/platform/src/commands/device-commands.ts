import type { RouteId } from '@quaywatch/contracts';
import type { ApiAnswer } from '@quaywatch/runtime';
import { describeError, Fault } from '@quaywatch/kernel';
import { readFile } from 'node:fs/promises';
import { InternalClient, platformPrincipal } from '../internal-client';
import { defaultOrganisation } from '../organisation';
import { runningPeers } from '../run-file';

/** What every device command knows. */
interface Common {
  readonly dataDir: string;
}

type Call = <R extends RouteId>(id: R, request?: Parameters<InternalClient['call']>[1]) => Promise<ApiAnswer<R>>;

/** Calls of the platform that runs on a data folder. */
async function calls({ dataDir }: Common): Promise<Call> {
  const { peers, clock } = await runningPeers(dataDir);
  const client = new InternalClient(peers, platformPrincipal(defaultOrganisation), clock);
  return (id, request) => client.call(id, request as never);
}

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);

/** `quaywatch device list`: one line each. */
export async function listCommand(options: Common & { readonly state?: string }): Promise<void> {
  const call = await calls(options);
  let cursor: string | null | undefined;
  do {
    const page = await call('listDevices', { query: { limit: '1000', ...(cursor ? { cursor } : {}) } });
    for (const device of page.data)
      if (!options.state || device.state === options.state)
        process.stdout.write(
          [
            device.btu,
            device.state,
            device.connection,
            device.certificate?.not_after ?? '-',
            device.spreader_id ?? '-',
          ].join('\t') + '\n',
        );
    cursor = page.next_cursor;
  } while (cursor);
}

/** `quaywatch device show`: everything that is known of it. */
export async function showCommand(options: Common & { readonly btu: string }): Promise<void> {
  print(await (await calls(options))('getDevice', { params: { id: options.btu } }));
}

/** `quaywatch device approve|reject|quarantine|release|revoke`: one decision about one device. */
export async function decideCommand(
  route: 'approveDevice' | 'rejectDevice' | 'quarantineDevice' | 'releaseDevice' | 'revokeDevice',
  options: Common & { readonly btu: string; readonly reason: string },
): Promise<void> {
  const call = await calls(options);
  print(await call(route, { params: { id: options.btu }, body: { reason: options.reason } as never }));
}

/** `quaywatch device send`: a command, and the id under which to look for its answer. */
export async function sendCommand(
  options: Common & {
    readonly btu: string;
    readonly kind: string;
    readonly parameters: string;
    readonly minutes: number;
  },
): Promise<void> {
  const call = await calls(options);
  const body = {
    kind: options.kind,
    parameters: JSON.parse(options.parameters) as object,
    valid_minutes: options.minutes,
  };
  print(await call('sendCommand', { params: { id: options.btu }, body: body as never }));
}

/** `quaywatch device commands`: what it was asked for, newest first. */
export async function commandsCommand(options: Common & { readonly btu: string }): Promise<void> {
  print((await (await calls(options))('listCommands', { params: { id: options.btu } })).data);
}

/** `quaywatch device replay`: decodes a frame in quarantine again, or all of a device; what still fails stays there. */
export async function replayFramesCommand(
  options: Common & { readonly frame?: string; readonly btu?: string },
): Promise<void> {
  const call = await calls(options);
  if (options.frame) return print(await call('replayQuarantined', { params: { id: options.frame } }));
  if (!options.btu) throw new Fault('OPTIONS', 'give --frame or --btu');
  const counts = { stored: 0, duplicate: 0, failed: 0 };
  const reasons = new Map<string, number>();
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { btu: options.btu, limit: '500', ...(cursor ? { cursor } : {}) };
    const page: ApiAnswer<'listQuarantine'> = await call('listQuarantine', { query });
    for (const { id } of page.data) {
      try {
        counts[(await call('replayQuarantined', { params: { id } })).outcome]++;
      } catch (error) {
        counts.failed++;
        const why = describeError(error);
        reasons.set(why, (reasons.get(why) ?? 0) + 1);
      }
    }
    cursor = page.next_cursor;
  } while (cursor);
  print({ ...counts, reasons: Object.fromEntries(reasons) });
}

/** `quaywatch device complete`: until when the data of a spreader are complete, and what is missing. */
export async function completeCommand(options: Common & { readonly spreader: string }): Promise<void> {
  print(await (await calls(options))('getCompleteness', { params: { id: options.spreader } }));
}

/** `quaywatch device moves`: moves made of signals beside those that the device counted, of the last days. */
export async function movesCommand(
  options: Common & { readonly spreader: string; readonly days: number },
): Promise<void> {
  const to = Date.now();
  const query = { from: new Date(to - options.days * 86_400_000).toISOString(), to: new Date(to).toISOString() };
  print(await (await calls(options))('compareMoves', { params: { id: options.spreader }, query }));
}

/** `quaywatch device refusals`: what was refused at the device ports, by cause. */
export async function refusalsCommand(options: Common & { readonly hours: number }): Promise<void> {
  const { data } = await (await calls(options))('listRefusals', { query: { hours: String(options.hours) } });
  for (const { count, action, cause, last_at } of data)
    process.stdout.write([count, action, cause, last_at].join('\t') + '\n');
}

/** `quaywatch ca list|rotate|register|retire`. */
export async function authorityCommand(
  options: Common &
    (
      | { readonly act: 'list' }
      | { readonly act: 'rotate' }
      | { readonly act: 'register'; readonly file: string; readonly name: string; readonly quota: number }
      | { readonly act: 'retire'; readonly id: string; readonly reason: string }
    ),
): Promise<void> {
  const call = await calls(options);
  if (options.act === 'list') print((await call('listAuthorities')).data);
  else if (options.act === 'rotate') print(await call('rotateAuthority'));
  else if (options.act === 'register') {
    const body = { name: options.name, quota: options.quota, certificate: await readFile(options.file, 'utf8') };
    print(await call('registerAuthority', { body: body as never }));
  } else
    print(await call('retireAuthority', { params: { id: options.id }, body: { reason: options.reason } as never }));
}
