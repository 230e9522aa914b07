import {
  firmwareManifest,
  firmwarePart,
  firmwareSigned,
  type RouteId,
  type SignedManifest,
} from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { ApiAnswer } from '@quaywatch/runtime';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { InternalClient, platformPrincipal } from '../internal-client';
import { defaultOrganisation } from '../organisation';
import { runningPeers } from '../run-file';

/** What every command about firmware knows. */
interface Common {
  readonly dataDir: string;
}

type Call = <R extends RouteId>(id: R, request?: Parameters<InternalClient['call']>[1]) => Promise<ApiAnswer<R>>;

async function calls({ dataDir }: Common): Promise<Call> {
  const { peers, clock } = await runningPeers(dataDir);
  const client = new InternalClient(peers, platformPrincipal(defaultOrganisation), clock);
  return (id, request) => client.call(id, request as never);
}

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);

/** `quaywatch firmware sign`: makes and signs the manifest of an artefact; needs no platform, the key stays where it is. */
export async function signFirmwareCommand(options: {
  readonly file: string;
  readonly key: string;
  readonly model: string;
  readonly firmware: string;
  readonly rollback?: boolean;
  readonly notes: string;
  readonly out: string;
}): Promise<void> {
  const artefact = await readFile(options.file);
  const parsed = firmwareManifest.safeParse({
    v: 1,
    model: options.model,
    version: options.firmware,
    size: artefact.length,
    sha256: createHash('sha256').update(artefact).digest('hex'),
    rollback: options.rollback ?? false,
    madeAt: Date.now(),
    notes: options.notes,
  });
  if (!parsed.success) throw new Fault('MANIFEST', parsed.error.issues[0]?.message ?? 'not valid');
  const manifest = JSON.stringify(parsed.data);
  const key = createPrivateKey(await readFile(options.key));
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const signature = sign(digest, Buffer.from(firmwareSigned(manifest)), key).toString('base64');
  await writeFile(options.out, JSON.stringify({ manifest, signature } satisfies SignedManifest));
}

/** `quaywatch firmware publish`: hands in a signed manifest and its artefact. */
export async function publishFirmwareCommand(
  options: Common & { readonly manifest: string; readonly file: string },
): Promise<void> {
  const call = await calls(options);
  const artefact = await readFile(options.file);
  let shown = await call('publishFirmware', { body: JSON.parse(await readFile(options.manifest, 'utf8')) as never });
  for (let offset = 0; offset < artefact.length; offset += firmwarePart) {
    const body = { offset, data_base64: artefact.subarray(offset, offset + firmwarePart).toString('base64') };
    shown = await call('sendFirmwarePart', { params: { id: shown.id }, body: body as never });
  }
  print(shown);
}

/** `quaywatch firmware list`. */
export async function listFirmwareCommand(options: Common): Promise<void> {
  print((await (await calls(options))('listFirmware')).data);
}

/** `quaywatch rollout start|list|show|advance|stop`. */
export async function rolloutCommand(
  options: Common &
    (
      | { readonly act: 'start'; readonly firmware: string; readonly devices?: string; readonly terminal?: string }
      | { readonly act: 'list' }
      | { readonly act: 'show' | 'advance'; readonly id: string }
      | { readonly act: 'stop'; readonly id: string; readonly reason: string }
    ),
): Promise<void> {
  const call = await calls(options);
  if (options.act === 'list') return print((await call('listRollouts')).data);
  if (options.act === 'start') {
    const { firmware, devices, terminal } = options;
    const to = devices === undefined ? { terminal_id: terminal } : { devices: devices.split(',') };
    return print(await call('startRollout', { body: { firmware_id: firmware, ...to } as never }));
  }
  const params = { id: options.id };
  if (options.act === 'stop') print(await call('stopRollout', { params, body: { reason: options.reason } as never }));
  else if (options.act === 'advance') print(await call('advanceRollout', { params, body: {} as never }));
  else print(await call('getRollout', { params }));
}
