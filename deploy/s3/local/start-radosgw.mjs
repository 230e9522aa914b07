// One real S3 server (Ceph's radosgw on a monitor and an object store in memory), for tests; Debian: ceph-mon ceph-osd radosgw ceph-common.
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../free-port.mjs';

/** Why the server cannot be had on this machine; its message is one line for a person. */
export class S3NotAvailable extends Error {}

/** Name of the one key that the server encrypts with by `aws:kms`. */
export const kmsKey = 'test-key';

async function run(program, args, timeout = 30_000) {
  const child = spawn(program, args);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const late = setTimeout(() => child.kill('SIGKILL'), timeout);
  const [code] = await once(child, 'close');
  clearTimeout(late);
  return { code, output };
}

async function need(program) {
  const found = await run(program, ['--version']).catch(() => ({ code: 1 }));
  if (found.code !== 0)
    throw new S3NotAvailable(`${program} is missing (Debian: apt-get install ceph-mon ceph-osd radosgw ceph-common)`);
}

/** Starts the server on 127.0.0.1 with its files in `dataDir` (empty; objects are in memory). Throws S3NotAvailable. */
export async function startRadosgw({ dataDir }) {
  for (const program of ['ceph-mon', 'ceph-osd', 'radosgw', 'ceph']) await need(program);
  const dir = (name) => join(dataDir, name);
  for (const name of ['mon', 'osd', 'run', 'log']) mkdirSync(dir(name), { recursive: true });
  const fsid = randomUUID();
  const [v2, v1, port] = [await freePort(), await freePort(), await freePort()];
  const conf = dir('ceph.conf');
  writeFileSync(
    conf,
    `[global]
fsid = ${fsid}
mon_host = [v2:127.0.0.1:${v2}/0,v1:127.0.0.1:${v1}/0]
public_network = 127.0.0.0/8
keyring = ${dataDir}/$name.keyring
run_dir = ${dataDir}/run
admin_socket = ${dataDir}/run/$name.asok
log_file = ${dataDir}/log/$name.log
mon_data = ${dataDir}/mon
osd_data = ${dataDir}/osd
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_crush_chooseleaf_type = 0
osd_pool_default_pg_autoscale_mode = off
auth_allow_insecure_global_id_reclaim = false
osd_objectstore = memstore
memstore_device_bytes = 1073741824
ms_bind_ipv6 = false
mon_data_avail_crit = 1
[client.rgw.a]
rgw_frontends = beast endpoint=127.0.0.1:${port}
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = ${kmsKey}=${randomBytes(32).toString('base64')}
`,
  );
  const must = async (program, ...args) => {
    const { code, output } = await run(program, args);
    if (code !== 0) throw new Error(`${program} failed: ${output.trim().split('\n').at(-1)}`);
    return output;
  };
  const ceph = (...args) => must('ceph', '-c', conf, '--connect-timeout', '8', ...args);
  const children = [];
  const daemon = (program, ...args) => {
    const log = openSync(dir(`log/${program}.out`), 'a');
    const child = spawn(program, ['-c', conf, ...args, '-f'], { stdio: ['ignore', log, log] });
    closeSync(log);
    children.push(child);
  };
  const stop = async () => {
    for (const child of children.splice(0).reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
  };
  const until = async (what, check) => {
    const end = Date.now() + 60_000;
    while (!(await check().catch(() => false))) {
      if (Date.now() > end) throw new Error(`${what} did not come up within 60 s; see ${dir('log')}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const lastResort = () => children.forEach((child) => child.kill('SIGKILL'));
  process.once('exit', lastResort);
  try {
    const monKeys = dir('mon.keyring');
    const adminKeys = dir('client.admin.keyring');
    await must('ceph-authtool', '-C', monKeys, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *');
    const all = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'];
    await must('ceph-authtool', '-C', adminKeys, '--gen-key', '-n', 'client.admin', ...all);
    await must('ceph-authtool', monKeys, '--import-keyring', adminKeys);
    const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
    await must('monmaptool', '--create', '--addv', 'a', address, '--fsid', fsid, dir('monmap'), '--clobber');
    await must('ceph-mon', '-c', conf, '--mkfs', '-i', 'a', '--monmap', dir('monmap'), '--keyring', monKeys);
    writeFileSync(dir('mon/keyring'), readFileSync(monKeys));
    daemon('ceph-mon', '--keyring', monKeys, '-i', 'a');
    await until('ceph-mon', () => ceph('mon', 'stat').then(() => true));
    const osd = randomUUID();
    await ceph('osd', 'new', osd);
    await ceph(
      ...['auth', 'get-or-create', 'osd.0', 'mon', 'allow profile osd', 'osd', 'allow *', '-o', dir('osd.0.keyring')],
    );
    await must('ceph-osd', '-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osd);
    daemon('ceph-osd', '-i', '0');
    await until('ceph-osd', async () => (await ceph('osd', 'stat')).includes('1 up'));
    const caps = ['mon', 'allow rw', 'osd', 'allow rwx'];
    await ceph('auth', 'get-or-create', 'client.rgw.a', ...caps, '-o', dir('client.rgw.a.keyring'));
    daemon('radosgw', '-n', 'client.rgw.a');
    await until('radosgw', () => fetch(`http://127.0.0.1:${port}`).then(() => true));
    const [accessKey, secretKey] = [randomBytes(8).toString('hex'), randomBytes(16).toString('hex')];
    const keys = ['--access-key', accessKey, '--secret', secretKey];
    await must('radosgw-admin', '-c', conf, 'user', 'create', '--uid=test', '--display-name=test', ...keys);
    return {
      endpoint: `http://127.0.0.1:${port}`,
      accessKey,
      secretKey,
      stop: async () => {
        await stop();
        process.removeListener('exit', lastResort);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
