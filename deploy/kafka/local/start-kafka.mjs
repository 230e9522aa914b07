// One real Apache Kafka broker (KRaft, no ZooKeeper) from Maven Central, for tests and for a person's own machine.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../free-port.mjs';

const here = dirname(fileURLToPath(import.meta.url));
export const kafkaVersion = /<kafka\.version>(.*)<\/kafka\.version>/.exec(
  readFileSync(join(here, 'pom.xml'), 'utf8'),
)[1];

/** Why Kafka cannot be had on this machine; its message is one line for a person. */
export class KafkaNotAvailable extends Error {}

/** The folder with Kafka's jars, or with those of its command line tools; fetched with mvn when it is not in the cache. Throws KafkaNotAvailable. */
export async function fetchKafka({ print = () => {}, tools = false } = {}) {
  await need('java', ['-version'], `Kafka needs Java 17 or newer: install a JRE (Debian: openjdk-17-jre-headless)`);
  const cache = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'quaywatch',
    `kafka-${tools ? 'tools-' : ''}${kafkaVersion}`,
  );
  if (existsSync(cache)) return cache;
  await need('mvn', ['-version'], `Kafka is fetched from Maven Central with mvn: install Maven (Debian: maven)`);
  print(`fetching Kafka ${kafkaVersion} from Maven Central`);
  // Fetched beside and renamed, so that a broken download or two at a time never leave half a Kafka.
  const half = `${cache}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  try {
    const options = [
      '-B',
      '-q',
      '-f',
      join(here, tools ? 'tools-pom.xml' : 'pom.xml'),
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${half}`,
    ];
    const { code, output } = await run('mvn', options);
    if (code !== 0) throw new KafkaNotAvailable(`mvn could not fetch Kafka ${kafkaVersion}: ${lastLine(output)}`);
    if (!existsSync(cache)) renameSync(half, cache);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return cache;
}

/**
 * Formats `dataDir` when it is new and runs a broker on it, on 127.0.0.1. Resolves when it answers.
 * With `secure`, clients must come by SASL_SSL with SCRAM (`brokers`) or by mutual TLS (`mtlsBrokers`); `tls` has what
 * they need. `stop` ends it properly, `kill9` at once, `restart` starts it again on the same data and port.
 */
export async function startKafka({ dataDir, port, advertisedPort, print, secure = false } = {}) {
  const lib = await fetchKafka({ print });
  mkdirSync(dataDir, { recursive: true });
  const ports = { broker: port ?? (await freePort()), controller: await freePort() };
  ports.advertised = advertisedPort ?? ports.broker;
  if (secure) Object.assign(ports, { internal: await freePort(), mtls: await freePort() });
  const tls = secure ? await makeCertificates(join(dataDir, 'tls')) : undefined;
  const config = join(dataDir, 'server.properties');
  writeFileSync(config, properties(dataDir, ports, tls));
  const java = ['-Djava.awt.headless=true', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
  const program = [
    `-Dlog4j2.configurationFile=file:${join(here, 'log4j2.properties')}`,
    `-Dkafka.logs.dir=${dataDir}`,
    '-cp',
    join(lib, '*'),
  ];
  if (!existsSync(join(dataDir, 'data', 'meta.properties'))) {
    const id = randomBytes(16).toString('base64url').replace(/^-/, 'A');
    const { code, output } = await run('java', [
      ...java,
      ...program,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      id,
      '-c',
      config,
      ...(secure ? scram(tls) : []),
    ]);
    if (code !== 0) throw new Error(`Kafka's storage could not be formatted: ${lastLine(output)}`);
  }

  await endLeftOver(dataDir);
  let child;
  const start = async () => {
    const log = openSync(join(dataDir, 'kafka.log'), 'a');
    child = spawn('java', [...java, '-Xms256m', '-Xmx384m', ...program, 'kafka.Kafka', config], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    writeFileSync(join(dataDir, 'kafka.pid'), String(child.pid));
    child.unref();
    const dead = once(child, 'exit').then(() => true);
    const deadline = Date.now() + 60_000;
    while (!(await answers(ports.broker))) {
      const ended = await Promise.race([dead, new Promise((resolve) => setTimeout(resolve, 100, false))]);
      if (ended)
        throw new Error(`Kafka ended while starting: ${lastLine(readFileSync(join(dataDir, 'kafka.log'), 'utf8'))}`);
      if (Date.now() > deadline) {
        child.kill('SIGKILL');
        throw new Error(`Kafka did not answer on port ${ports.broker} within 60 s; see ${join(dataDir, 'kafka.log')}`);
      }
    }
  };
  const end = async (signal) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    const slow = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await exit;
    clearTimeout(slow);
  };
  // The broker is a process group of its own, so that Ctrl-C reaches its users first; it must not outlive this process.
  const lastResort = () => child?.kill('SIGKILL');
  process.once('exit', lastResort);
  await start();
  return {
    brokers: [`127.0.0.1:${ports.advertised}`],
    port: ports.broker,
    ...(secure ? { tls, mtlsBrokers: [`localhost:${ports.mtls}`] } : {}),
    get pid() {
      return child.pid;
    },
    stop: async () => {
      await end('SIGTERM');
      process.removeListener('exit', lastResort);
    },
    kill9: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
  };
}

/** A broker that outlived its killed parent would keep the data locked. */
async function endLeftOver(dataDir) {
  const file = join(dataDir, 'kafka.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  const command = await run('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => ({ output: '' }));
  if (!command.output.includes(join(dataDir, 'server.properties'))) return;
  process.kill(pid, 'SIGKILL');
  for (let i = 0; i < 100 && (await run('ps', ['-p', String(pid)])).code === 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

const scram = ({ username, password }) =>
  ['SCRAM-SHA-512', 'SCRAM-SHA-256'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]);

/** An authority, a certificate for the broker and one for a client, and a user; made once for a data folder. */
async function makeCertificates(folder) {
  await need('openssl', ['version'], 'A secure Kafka needs openssl to make its certificates (Debian: openssl)');
  const file = (name) => join(folder, name);
  if (!existsSync(file('client.pem'))) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const openssl = async (...options) => {
      const { code, output } = await run('openssl', options);
      if (code !== 0) throw new Error(`openssl ${options[0]} failed: ${lastLine(output)}`);
    };
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
    await openssl(
      'req',
      '-x509',
      ...key,
      '-days',
      '30',
      '-subj',
      '/CN=Test authority',
      '-keyout',
      file('ca.key'),
      '-out',
      file('ca.pem'),
    );
    for (const [name, usage] of [
      ['broker', 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth'],
      ['client', 'extendedKeyUsage=clientAuth'],
    ]) {
      writeFileSync(file(`${name}.ext`), `${usage}\n`);
      await openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`));
      await openssl(
        ...['x509', '-req', '-days', '30', '-in', file(`${name}.csr`), '-CA', file('ca.pem'), '-CAkey', file('ca.key')],
        ...['-CAcreateserial', '-extfile', file(`${name}.ext`), '-out', file(`${name}.pem`)],
      );
    }
    const read = (name) => readFileSync(file(name), 'utf8');
    writeFileSync(file('broker.keystore.pem'), `${read('broker.key')}${read('broker.pem')}`, { mode: 0o600 });
    writeFileSync(file('password'), randomBytes(18).toString('hex'), { mode: 0o600 });
  }
  const read = (name) => readFileSync(file(name), 'utf8');
  return {
    folder,
    ca: read('ca.pem'),
    certificate: read('client.pem'),
    key: read('client.key'),
    username: 'quaywatch',
    password: read('password'),
  };
}

const security = (
  ports,
  { folder },
) => `listeners=SECURE://127.0.0.1:${ports.broker},MTLS://127.0.0.1:${ports.mtls},INTERNAL://127.0.0.1:${ports.internal},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=SECURE://127.0.0.1:${ports.broker},MTLS://localhost:${ports.mtls},INTERNAL://127.0.0.1:${ports.internal}
inter.broker.listener.name=INTERNAL
listener.security.protocol.map=CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,SECURE:SASL_SSL,MTLS:SSL
${['secure', 'mtls']
  .map(
    (name) => `listener.name.${name}.ssl.keystore.type=PEM
listener.name.${name}.ssl.keystore.location=${join(folder, 'broker.keystore.pem')}
listener.name.${name}.ssl.truststore.type=PEM
listener.name.${name}.ssl.truststore.location=${join(folder, 'ca.pem')}`,
  )
  .join('\n')}
listener.name.mtls.ssl.client.auth=required
listener.name.secure.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`;

const plain = (ports) => `listeners=PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports.advertised}
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT`;

const properties = (dataDir, ports, tls) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.controller}
${tls ? security(ports, tls) : plain(ports)}
controller.listener.names=CONTROLLER
log.dirs=${join(dataDir, 'data')}
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
default.replication.factor=1
min.insync.replicas=1
group.initial.rebalance.delay.ms=0
num.network.threads=1
num.io.threads=2
num.recovery.threads.per.data.dir=1
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=4194304
auto.create.topics.enable=false
`;

async function need(program, options, message) {
  const { code } = await run(program, options).catch(() => ({ code: 1 }));
  if (code !== 0) throw new KafkaNotAvailable(message);
}

async function run(program, options) {
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output = (output + chunk).slice(-20_000)));
  const [code] = await once(child, 'close');
  return { code, output };
}

const lastLine = (text) =>
  text
    .trim()
    .split('\n')
    .filter((line) => !/^\s+at |^\s*$/.test(line))
    .slice(-1)[0] ?? 'no output';

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => socket.destroy() && resolve(true));
    socket.once('error', () => resolve(false));
  });
}
