// npm run chaos:services: every service is killed (kill -9) under load and started again (ingest: chaos:ingest); poison
// comes in between; and one service's schema is put back to what it was at the beginning, as after the restore of a backup.
// Load: telemetry of simulated spreaders, some of them wearing, and terminals made through the gateway, each acknowledged.
// Then every view is compared, row by row, with what an undisturbed run over the same log comes to, and what was
// acknowledged is looked for. Arguments: --log postgres|kafka (postgres) --kills N of each service (2) --seconds N of load
// around each (4) --only WORD (services with it in their name)
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pause } from '../ingest-rig/until';
import { auditServices } from './service-audit';
import { ServiceLoad } from './service-load';
import { ServiceRig, type KilledService, killedServices } from './service-rig';

const { values: args } = parseArgs({
  options: {
    log: { type: 'string', default: 'postgres' },
    kills: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
  },
});
const say = (line: string): void => void process.stdout.write(`${args.log}, ${line}\n`);
const around = Number(args.seconds) * 1000;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const folder = await mkdtemp(join(tmpdir(), 'quaywatch-chaos-'));
await chmod(folder, 0o755);
let good: boolean;
const rig = await ServiceRig.open(folder, args.log === 'kafka' ? 'kafka' : 'postgres');
try {
  await Promise.all(killedServices.map((name) => rig.startService(name)));
  const load = new ServiceLoad(rig);
  await load.start();
  await pause(around);
  const backup = await rig.backUp('condition-analysis');
  for (const name of killedServices.filter((service: KilledService) => service.includes(args.only)))
    for (let kill = 1; kill <= Number(args.kills); kill++) {
      await load.poison();
      await pause(around / 2 + Math.random() * around);
      const before = performance.now();
      await rig.kill(name);
      load.check();
      await rig.startService(name);
      const up = performance.now() - before;
      const level = await rig.untilLevel(name);
      say(
        `kill -9 of ${name}: answers after ${(up / 1000).toFixed(1)} s, level with the log after ${((up + level) / 1000).toFixed(1)} s`,
      );
    }
  if (args.only === '' || 'condition-analysis'.includes(args.only)) {
    await rig.kill('condition-analysis');
    await backup.restore();
    await rig.startService('condition-analysis');
    const level = await rig.untilLevel('condition-analysis');
    say(`backup of condition-analysis restored, then replay: level after ${(level / 1000).toFixed(1)} s`);
  }
  await pause(around);
  await load.stop();
  for (const name of killedServices) await rig.untilLevel(name);
  good = await auditServices(rig, load, say);
} finally {
  await rig.close();
  await rm(folder, { recursive: true, force: true });
}
process.exit(good ? 0 : 1);
