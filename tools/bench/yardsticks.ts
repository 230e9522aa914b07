// Brokers that bench:ingest is measured against: Aedes with nothing around it, and Mosquitto as Debian ships it.
import { freePort } from '@quaywatch/adapters';
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Identity } from '@quaywatch/services/btu';
import { connect as connectTls } from 'node:tls';
import { build, ready } from '../ingest-rig/child';
import { until } from '../ingest-rig/until';

/** A broker that is ready. */
export interface Yardstick {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
}

/** What a yardstick serves with: its own certificate, and the CAs of the devices. */
export interface ServerFiles {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Makes a server certificate; `ca` is PEM. */
export async function serverFiles(folder: string, ca: string): Promise<ServerFiles> {
  await mkdir(folder, { recursive: true });
  const files = { key: join(folder, 'server.key'), cert: join(folder, 'server.pem'), ca: join(folder, 'ca.pem') };
  const openssl = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${files.key} -out ${files.cert} -subj /CN=localhost -days 2`;
  execFileSync('openssl', openssl.split(' '), { stdio: 'ignore' });
  await writeFile(files.ca, ca);
  return files;
}

export async function startBareAedes({ key, cert, ca }: ServerFiles): Promise<Yardstick> {
  const child = fork(build('tools/bench/bare-aedes.ts', 'bare-aedes'), [key, cert, ca]);
  const { mqttPort } = await ready<{ mqttPort: number }>(child);
  return { child, pid: child.pid as number, port: mqttPort };
}

/** Mosquitto with persistence on; undefined when it is not installed. */
export async function startMosquitto(folder: string, { key, cert, ca }: ServerFiles): Promise<Yardstick | undefined> {
  const program = [process.env.MOSQUITTO ?? '', '/usr/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync);
  if (!program) return undefined;
  const port = await freePort();
  const conf = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    `cafile ${ca}`,
    `certfile ${cert}`,
    `keyfile ${key}`,
    'require_certificate true',
    'use_identity_as_username true',
    'persistence true',
    `persistence_location ${folder}/`,
    'set_tcp_nodelay true',
    'max_inflight_messages 0',
    'max_queued_messages 0',
    // As the user who runs the bench: its own cannot read these files.
    'user root',
    'log_type error',
  ];
  await writeFile(conf, `${lines.join('\n')}\n`);
  const child = spawn(program, ['-c', conf], { stdio: 'ignore' });
  await until(() => answers(port), 'Mosquitto', 10_000);
  return { child, pid: child.pid as number, port };
}

/** A client that subscribes to everything at QoS 1 with a session to be kept, and goes: the broker keeps for it what comes. */
export async function leaveSession(port: number, { key, certificate: cert }: Identity): Promise<void> {
  const socket = connectTls({ port, host: '127.0.0.1', key, cert, rejectUnauthorized: false });
  const said = (type: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer ${type}`)), 10_000);
      socket.once('error', reject);
      socket.once('data', (bytes: Buffer) => {
        clearTimeout(late);
        if (bytes[0] === type) resolve();
        else reject(new Error(`${bytes[0]} in place of ${type}`));
      });
    });
  const id = Buffer.from('archive');
  socket.once('secureConnect', () => {
    socket.write(
      Buffer.concat([
        Buffer.from([0x10, 12 + id.length, 0, 4]),
        Buffer.from('MQTT'),
        Buffer.from([4, 0, 0, 0, 0, id.length]),
        id,
      ]),
    );
  });
  await said(0x20);
  socket.write(Buffer.from([0x82, 6, 0, 1, 0, 1, 0x23, 1]));
  await said(0x90);
  socket.end(Buffer.from([0xe0, 0]));
  await new Promise((resolve) => socket.once('close', resolve));
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
