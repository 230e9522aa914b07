// npm run chaos:log: faults under load on the event log. Numbered events are appended by one instance and taken by three
// that share a read model with a fence; every connection goes through a link that can be slow or cut. Prints for each
// fault what was lost (acknowledged, not in the read model), duplicated, out of order, and the time to recover.
// Arguments: --log postgres|kafka (postgres) --seconds N of load for each fault (8) --only WORD (faults with it in their
// name) --full (outages as long as real ones: minutes). KAFKA_CLIENT=platformatic: what appends to Kafka.
import {
  chooseAdapters,
  makeLogger,
  openSecrets,
  prepareDatabase,
  startEmbeddedPostgres,
  type Adapters,
} from '@quaywatch/runtime';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { jumpClock } from './clock-jump';
import { openLink, type Link } from './link';
import { runTrial, type Trial } from './log-trial';
import { smallDisk } from './small-disk';

const { values: args } = parseArgs({
  options: {
    log: { type: 'string', default: 'postgres' },
    seconds: { type: 'string', default: '8' },
    only: { type: 'string', default: '' },
    full: { type: 'boolean', default: false },
  },
});
const hour = 3_600_000;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const outage = args.full ? 120_000 : 12_000;

/** A server of the log that runs, reached over `link`. */
interface Server {
  readonly link: Link;
  open(): Promise<Adapters>;
  /** Stops it properly and starts it. */
  restart(): Promise<void>;
  kill(): Promise<void>;
  /** What a person does after the disk has room again, where the server cannot come back by itself. */
  roomAgain(): Promise<void>;
  stop(): Promise<void>;
}

const folder = await mkdtemp(join(tmpdir(), 'quaywatch-chaos-'));
await chmod(folder, 0o755);
const base = { OBJECT_DIR: join(folder, 'objects'), SECRETS_DIR: join(folder, 'secrets') };
const logger = makeLogger('chaos', { level: 'warn', file: join(folder, 'log') });

async function startPostgresLog(dataDir: string): Promise<Server> {
  const postgres = await startEmbeddedPostgres({ dataDir, logger });
  const url = new URL(postgres.url);
  const own = Number(url.port);
  const link = await openLink(() => own);
  url.port = String(link.port);
  const environment = { ...base, DATABASE_URL: url.href };
  const open = (): Promise<Adapters> => chooseAdapters(environment, 'chaos', logger);
  const first = await open();
  await prepareDatabase(postgres.url, ['ingest'], () => openSecrets(base.SECRETS_DIR, true), first.clock);
  await first.close();
  const signalled = async (signal: NodeJS.Signals): Promise<void> => {
    const before = postgres.pid;
    process.kill(before, signal);
    while (postgres.pid === before) await pause(50);
  };
  return {
    link,
    open,
    restart: () => signalled('SIGINT'),
    kill: () => signalled('SIGKILL'),
    roomAgain: () => Promise.resolve(),
    stop: async () => {
      await postgres.stop();
      await link.close();
    },
  };
}

async function startKafkaLog(dataDir: string): Promise<Server> {
  const local = pathToFileURL(resolve('deploy/kafka/local/start-kafka.mjs')).href;
  const { startKafka } = (await import(local)) as typeof import('../../deploy/kafka/local/start-kafka.mjs');
  let own = 0;
  const link = await openLink(() => own);
  const kafka = await startKafka({ dataDir, advertisedPort: link.port });
  own = kafka.port;
  const environment = {
    ...base,
    EVENT_LOG: 'kafka',
    KAFKA_BROKERS: kafka.brokers.join(','),
    DATABASE_URL: 'postgres://unused',
    KAFKA_CLIENT: process.env['KAFKA_CLIENT'],
  };
  return {
    link,
    open: () => chooseAdapters(environment, 'chaos', logger),
    restart: () => kafka.restart(),
    kill: () => kafka.kill9().then(() => kafka.restart()),
    // A broker whose only folder failed ends by itself, for its supervisor to start it.
    roomAgain: () => kafka.restart(),
    stop: async () => {
      await kafka.stop();
      await link.close();
    },
  };
}

const trials = ({ link, restart, kill }: Server): readonly Trial[] => [
  {
    name: 'rebalance: instances leave and come back',
    run: async ({ leaveAndReturn }) => {
      for (let i = 0; i < 3; i++) {
        await leaveAndReturn(i, 300);
        await pause(300);
      }
    },
  },
  { name: 'server stopped and started', run: restart },
  { name: 'server kill -9', run: kill },
  {
    name: 'connections reset, three times',
    run: async () => {
      for (let i = 0; i < 3; i++) {
        link.reset();
        await pause(500);
      }
    },
  },
  {
    name: `slow link, 100 ms each way, ${outage / 1000} s`,
    run: async () => {
      link.delay = 100;
      await pause(outage);
      link.delay = 0;
    },
  },
  {
    name: `partition, ${outage / 1000} s`,
    run: async () => {
      link.cut();
      await pause(outage);
      link.mend();
    },
  },
  {
    name: 'clock jumps by an hour, forwards and back',
    run: async () => {
      for (const ms of [hour, 0, -hour, 0]) {
        jumpClock(ms);
        await pause(2000);
      }
    },
  },
];

const start = args.log === 'kafka' ? startKafkaLog : startPostgresLog;
const wanted = ({ name }: { name: string }): boolean => name.includes(args.only);
const seconds = Number(args.seconds);
const client = process.env['KAFKA_CLIENT'];
const name = args.log === 'kafka' && client !== undefined ? `kafka by ${client}` : args.log;
let whole = true;
let ran = 0;

async function runAll(server: Server, list: readonly Trial[]): Promise<void> {
  try {
    for (const one of list) {
      ran++;
      whole = (await runTrial(one, { log: name, seconds, open: server.open })) && whole;
    }
  } finally {
    await server.stop();
  }
}

try {
  // Names only: the servers are not started for nothing.
  if (trials({} as Server).some(wanted)) {
    const server = await start(join(folder, args.log));
    await runAll(server, trials(server).filter(wanted));
  }
  const diskFull = { name: `disk full, ${outage / 1000} s` };
  if (wanted(diskFull)) {
    const disk = await smallDisk(join(folder, 'small'), 400);
    if (typeof disk === 'string') process.stdout.write(`${args.log}, ${diskFull.name}: left out: ${disk}\n`);
    else {
      try {
        const server = await start(join(disk.folder, args.log));
        const run = async (): Promise<void> => {
          disk.fill();
          await pause(outage);
          disk.free();
          await server.roomAgain();
        };
        await runAll(server, [{ ...diskFull, run }]);
      } finally {
        await disk.unmount();
      }
    }
  }
  if (ran === 0) throw new Error(`no fault has "${args.only}" in its name, or none can be made here`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(whole ? 0 : 1);
