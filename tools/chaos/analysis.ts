// npm run chaos:analysis: simulated devices, some with faults, whose data come in disorder: 2 % lost and sent again, 2 %
// twice, shuffled within 10 s, 5 % of the devices 6 h off line, clocks wrong by up to 90 s, one at 1970. Figures and cases
// must be those of the same devices in order. Arguments: --devices N (20) --hours N (48) --seed N (1)
import { simulatedModes, type SimulatedFault, type SimulatedMode } from '@quaywatch/domain/simulator';
import { parseArgs } from 'node:util';
import { random } from '../ingest-rig/random';
import { analyse, arrive, calm, workOf, type Trouble } from './late-data';

const { values: args } = parseArgs({
  options: {
    devices: { type: 'string', default: '20' },
    hours: { type: 'string', default: '48' },
    seed: { type: 'string', default: '1' },
  },
});
const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21);
const [devices, hours] = [Number(args.devices), Number(args.hours)];
const draw = random(Number(args.seed));
const modes = Object.keys(simulatedModes) as SimulatedMode[];
let [different, moves, cases, corrections, offline] = [0, 0, 0, 0, 0];
for (let i = 0; i < devices; i++) {
  const mode = modes[Math.floor(draw() * modes.length)] as SimulatedMode;
  const [onsetAt, fullAt] = [start + 0.25 * hours * hour, start + 0.8 * hours * hour];
  const faults: SimulatedFault[] =
    i % 4 === 0 ? [] : [{ mode, position: 1 + (i % 4), onsetAt, fullAt, shape: 'linear' }];
  const off = i % 20 === 1;
  const trouble: Trouble = {
    seed: Number(args.seed) * 1000 + i,
    resend: 0.02,
    duplicate: 0.02,
    shuffle: 10_000,
    offlineAt: off ? (0.3 + 0.3 * draw()) * hours * hour : 0,
    offlineFor: off ? 6 * hour : 0,
    clock: i === devices - 1 ? '1970' : Math.round((2 * draw() - 1) * 90_000),
  };
  if (off) offline += 1;
  const work = workOf(7000 + i, hours, faults);
  const clean = analyse(arrive(work, calm));
  const found = analyse(arrive(work, trouble));
  const wrong = [...new Set([...Object.keys(clean.kpis), ...Object.keys(found.kpis)].map(Number))].filter(
    (index) => JSON.stringify(clean.kpis[index]) !== JSON.stringify(found.kpis[index]),
  );
  const same = wrong.length === 0 && JSON.stringify(clean.cases) === JSON.stringify(found.cases);
  moves += clean.moves;
  cases += clean.cases.length;
  corrections += found.corrections;
  if (same) continue;
  different += 1;
  console.log(
    `device ${i} (${faults[0]?.mode ?? 'healthy'}, clock ${trouble.clock}${off ? ', off line' : ''}): hours ${wrong.join(', ') || 'all the same'}; cases ${found.cases.join(', ')}; in order ${clean.cases.join(', ')}`,
  );
}
console.log(
  `${devices} devices, ${hours} h, ${offline} off line for 6 h: ${moves} moves, ${cases} cases, ${corrections} frames that corrected earlier results. Devices with other figures or cases than in order: ${different}.`,
);
if (different > 0) process.exitCode = 1;
