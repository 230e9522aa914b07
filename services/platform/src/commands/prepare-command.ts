import { serviceNames, type ServiceName } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { SecretStore } from '@quaywatch/ports';
import {
  chooseAdapters,
  ensureInternalKeys,
  internalKeys,
  issueInternalCertificates,
  makeLogger,
  openSecrets,
  prepareDatabase,
} from '@quaywatch/runtime';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { z } from 'zod';
import { Progress } from '../progress';
import { startPlatform } from '../start';

/** Options of `quaywatch prepare`. */
export interface PrepareOptions {
  readonly database: string;
  readonly usernameFile?: string;
  readonly passwordFile: string;
  readonly secrets: string;
  readonly s3Config?: string;
  readonly readOnly: boolean;
  /** Who the secrets are for, `uid:gid`; without it they belong to the user of this process. */
  readonly owner?: string;
}

/** Which services may read a secret; each other one is for the service that its own name says. */
const readers: Readonly<Record<string, readonly ServiceName[]>> = {
  [internalKeys.publicKey]: serviceNames,
  [internalKeys.privateKey]: ['gateway'],
  'oidc-portal-secret': ['gateway', 'user-access'],
  's3-access-key': ['audit-log', 'ingest'],
  's3-secret-key': ['audit-log', 'ingest'],
};

/** `quaywatch prepare`: the log's schema, a schema and a role per service, and what services share of secrets. */
export async function prepareCommand(options: PrepareOptions): Promise<void> {
  const stores = new Map<ServiceName, SecretStore>();
  for (const service of serviceNames) {
    const folder = join(options.secrets, service);
    await mkdir(folder, { recursive: true });
    stores.set(service, openSecrets(folder, !options.readOnly));
  }
  const of = (service: ServiceName): SecretStore => stores.get(service) as SecretStore;
  if (!options.readOnly) {
    await ensureInternalKeys(of('gateway'));
    if (options.s3Config) await giveObjectStoreKeys(options.s3Config, of);
    await share(of);
  }
  const url = new URL(options.database);
  if (options.usernameFile) url.username = (await readFile(options.usernameFile, 'utf8')).trim();
  url.password = (await readFile(options.passwordFile, 'utf8')).trim();
  const { clock } = await chooseAdapters(
    { SECRETS_DIR: options.secrets, OBJECT_DIR: options.secrets, DATABASE_URL: url.href },
    'prepare',
    makeLogger('prepare'),
  );
  await prepareDatabase(url.href, serviceNames, of, clock);
  if (options.owner) await handOver(options.secrets, options.owner);
  process.stderr.write(`Schemas and roles of ${serviceNames.length} services are ready.\n`);
  process.exit(0);
}

/** Gives every service's folder and what is in it to the user that the services run as. */
async function handOver(secrets: string, owner: string): Promise<void> {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(owner) ?? [];
  if (!uid || !gid) throw new Fault('OWNER_INVALID', `--owner is \`uid:gid\`, for example 10001:10001, not ${owner}`);
  for (const service of serviceNames) {
    const folder = join(secrets, service);
    for (const path of [folder, ...(await readdir(folder)).map((name) => join(folder, name))])
      await chown(path, Number(uid), Number(gid));
  }
}

/** Copies shared secrets from the service that has them to the others that may read them. */
async function share(of: (service: ServiceName) => SecretStore): Promise<void> {
  for (const [name, services] of Object.entries(readers)) {
    let value: Uint8Array | undefined;
    for (const service of services) value ??= await of(service).read(name);
    if (name === internalKeys.publicKey) value ??= await of('gateway').read(name);
    for (const service of services) if (value) await of(service).write(name, value);
  }
}

const s3Config = z.object({
  identities: z
    .array(z.object({ credentials: z.array(z.object({ accessKey: z.string(), secretKey: z.string() })).min(1) }))
    .min(1),
});

async function giveObjectStoreKeys(file: string, of: (service: ServiceName) => SecretStore): Promise<void> {
  const parsed = s3Config.safeParse(JSON.parse(await readFile(file, 'utf8')));
  const keys = parsed.data?.identities[0]?.credentials[0];
  if (!keys) throw new Fault('S3_CONFIG_INVALID', `${file} has no credentials in SeaweedFS form`);
  await of('audit-log').write('s3-access-key', new TextEncoder().encode(keys.accessKey));
  await of('audit-log').write('s3-secret-key', new TextEncoder().encode(keys.secretKey));
}

/**
 * `quaywatch secrets make`: starts the services once on a throw-away database, so that each makes its own secrets as it
 * always does, and hands them out, one folder per service, for mounting.
 */
export async function makeSecretsCommand(options: { out: string; release: string }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'quaywatch-secrets-'));
  const silent = new Progress(new Writable({ write: (_chunk, _encoding, done) => done() }));
  const portalDir = join(folder, 'portal');
  try {
    // PostgreSQL's own user passes through it when this is root.
    await chmod(folder, 0o711);
    await mkdir(portalDir);
    await writeFile(join(portalDir, 'index.html'), '');
    const platform = await startPlatform(
      {
        dataDir: folder,
        host: '127.0.0.1',
        port: 0,
        mqttPort: 0,
        portalDir,
        environment: { ...process.env, DATABASE_URL: undefined },
      },
      silent,
    );
    await platform.stop();
    const owners: Readonly<Record<string, ServiceName>> = {
      device: 'ingest',
      mqtt: 'ingest',
      oidc: 'user-access',
      audit: 'audit-log',
      session: 'gateway',
      gateway: 'gateway',
      webhook: 'alerting',
    };
    await giveInternalTls(options);
    for (const name of await readdir(join(folder, 'secrets'))) {
      const services = readers[name] ?? [ownerOf(name, owners)];
      for (const service of services) {
        await mkdir(join(options.out, service), { recursive: true });
        await cp(join(folder, 'secrets', name), join(options.out, service, name));
      }
    }
    // Every service may have a role of its own in the database: the gateway reads the log there when that is no Kafka.
    for (const service of serviceNames)
      await openSecrets(join(options.out, service), true).ensure(`database-${service}`, () =>
        new TextEncoder().encode(randomBytes(24).toString('hex')),
      );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  process.stderr.write(
    `Secrets of ${serviceNames.length} services are in ${options.out}: keep a copy where only you can read it.\n`,
  );
  process.exit(0);
}

/** `quaywatch secrets tls`: certificates between services anew, by the same authority where the folder has it. */
export async function internalTlsCommand(options: { out: string; release: string }): Promise<void> {
  await giveInternalTls(options);
  process.stderr.write(`Certificates between services are in ${options.out}, good for 825 days.\n`);
  process.exit(0);
}

/**
 * Gives each service its certificate for TLS with the others, which bears its name in Compose and in the chart. The key
 * of the authority stays in a folder of its own that nothing mounts.
 */
async function giveInternalTls({ out, release }: { readonly out: string; readonly release: string }): Promise<void> {
  const own = join(out, 'authority');
  await mkdir(own, { recursive: true, mode: 0o700 });
  const [cert, key] = await Promise.all(
    ['ca.crt', 'ca.key'].map((name) => readFile(join(own, name), 'utf8').catch(() => undefined)),
  );
  const { authority, authorityKey, certificates } = await issueInternalCertificates(
    Object.fromEntries(serviceNames.map((name) => [name, [name, `${release}-${name}`]])),
    Date.now(),
    cert !== undefined && key !== undefined ? { cert, key } : undefined,
  );
  await writeFile(join(own, 'ca.crt'), authority, { mode: 0o600 });
  await writeFile(join(own, 'ca.key'), authorityKey, { mode: 0o600 });
  for (const service of serviceNames) {
    const folder = join(out, service);
    await mkdir(folder, { recursive: true });
    const store = openSecrets(folder, true);
    const put = (name: string, text: string | undefined): Promise<void> =>
      store.write(`internal-tls-${name}`, new TextEncoder().encode(text));
    await put('cert', certificates[service]?.cert);
    await put('key', certificates[service]?.key);
    await put('ca', authority);
  }
}

function ownerOf(name: string, owners: Readonly<Record<string, ServiceName>>): ServiceName {
  const database = /^database-(.+)$/.exec(name)?.[1];
  const owner = serviceNames.find((service) => service === database) ?? owners[name.split('-')[0] ?? ''];
  if (!owner) throw new Fault('SECRET_WITHOUT_OWNER', `no service is known for secret ${name}`);
  return owner;
}
