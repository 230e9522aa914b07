// npm run chaos: every fault that the platform must survive, by one command. Each is run under load on the event logs that
// it concerns and prints what was lost, what was duplicated and how long recovery took; a table at the end says which
// held. Arguments: --list (names only) --fault NAME[,NAME…] (all) --log postgres|kafka (both) --seconds N of load (3)
// --full (outages as long as real ones: minutes)
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    fault: { type: 'string', default: '' },
    log: { type: 'string', default: 'postgres,kafka' },
    seconds: { type: 'string', default: '3' },
    full: { type: 'boolean', default: false },
  },
});
const full = args.full ? ['--full'] : [];

interface Fault {
  readonly what: string;
  readonly tool: 'log' | 'services' | 'archive' | 'ingest' | 'analysis';
  /** Arguments on one log. */
  readonly given: (log: string) => readonly string[];
  /** False where the log behind makes no difference. */
  readonly eachLog: boolean;
}

const ofLog = (what: string, only: string): Fault => ({
  what,
  tool: 'log',
  given: (log) => ['--log', log, '--only', only, '--seconds', args.seconds, ...full],
  eachLog: true,
});
const ofArchive = (what: string, only: string): Fault => ({
  what,
  tool: 'archive',
  given: () => ['--only', only, ...full],
  eachLog: false,
});
const ofServices = (what: string, given: readonly string[]): Fault => ({
  what,
  tool: 'services',
  given: (log) => ['--log', log, '--seconds', args.seconds, ...given],
  eachLog: true,
});

const faults: Readonly<Record<string, Fault>> = {
  'kill-services': ofServices('kill -9 of every service but ingest, poison, restore of a backup', ['--kills', '1']),
  'kill-ingest': {
    what: 'kill -9 of ingest',
    tool: 'ingest',
    given: (log) => ['--trials', '10', '--log', log],
    eachLog: true,
  },
  'log-restart': ofLog('broker or database of the log stopped and started', 'stopped'),
  'log-kill': ofLog('kill -9 of broker or database of the log', 'kill'),
  rebalance: ofLog('three readers leave and come back', 'rebalance'),
  'connections-reset': ofLog('every connection to the log reset, three times', 'reset'),
  'slow-link': ofLog('slow link to the log', 'slow'),
  partition: ofLog('no link to the log', 'partition'),
  'clock-jumps': ofLog('clocks jump by an hour, forwards and back', 'clock'),
  'disk-full-log': ofLog('disk of the log full', 'disk full'),
  'disk-full-archive': ofArchive('disk of the archive full', 'disk full'),
  'object-store-away': ofArchive('object store away', 'object store'),
  'doubled-and-shuffled': {
    what: 'doubled and shuffled delivery; late data',
    tool: 'analysis',
    given: () => [],
    eachLog: false,
  },
  poison: ofServices('poison messages under load', ['--only', 'alerting', '--kills', '1']),
  restore: ofServices('backup restored, then replay', ['--only', 'condition-analysis', '--kills', '1']),
};

const run = (tool: string, given: readonly string[]): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['tools/run.mjs', `tools/chaos/${tool}.ts`, ...given], { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
    child.once('exit', (code) => resolve(code ?? 1));
  });

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const wanted = args.fault === '' ? Object.keys(faults) : args.fault.split(',');
for (const name of wanted) {
  if (faults[name]) continue;
  say(`there is no fault ${name}; there are: ${Object.keys(faults).join(', ')}`);
  process.exit(2);
}
if (args.list) {
  for (const name of wanted) say(`${name.padEnd(22)} ${faults[name]!.what}`);
  process.exit(0);
}
const results: string[] = [];
let good = true;
for (const name of wanted) {
  const { what, tool, given, eachLog } = faults[name]!;
  for (const log of eachLog ? args.log.split(',') : ['–']) {
    say(`\n${name} (${log}): ${what}`);
    const began = performance.now();
    const held = (await run(tool, given(log))) === 0;
    good &&= held;
    results.push(
      `| ${name} | ${log} | ${held ? 'held' : 'NOT HELD'} | ${Math.round((performance.now() - began) / 1000)} |`,
    );
  }
}
say(`\n| fault | log | result | seconds |\n| --- | --- | --- | --- |\n${results.join('\n')}`);
process.exit(good ? 0 : 1);
