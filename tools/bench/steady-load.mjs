// A load generator as a process of its own: one request each 1/rate s over kept connections, the targets in turn, a second
// each, so that all of them see the same machine. A request is sent when it is due, whether or not those before were
// answered. Reads {targets: [{name, url, headers}], rate, rounds} from its first argument; prints JSON.
import { Agent, get } from 'node:http';

const { targets, rate, rounds } = JSON.parse(process.argv[2]);
// Shorter than servers keep connections (Node: 5 s).
const agent = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256, timeout: 4000 });

const ask = ({ url, headers }, figures) =>
  new Promise((resolve) => {
    const from = performance.now();
    const call = get(url, { headers, agent }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 200) figures.times.push(performance.now() - from);
        else figures.failed++;
        resolve();
      });
      answer.once('error', () => (figures.failed++, resolve()));
    });
    call.once('error', () => (figures.failed++, resolve()));
  });

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One slice: `rate` requests in a second. */
async function slice(target, figures) {
  const start = performance.now();
  const under = [];
  for (let i = 0; i < rate; i++) {
    const due = start + (i * 1000) / rate;
    const left = due - performance.now();
    if (left > 0) await wait(left);
    else figures.late = Math.max(figures.late, -left);
    under.push(ask(target, figures));
  }
  await Promise.all(under);
}

const figures = targets.map(() => ({ times: [], failed: 0, late: 0 }));
for (const target of targets) await slice(target, { times: [], failed: 0, late: 0 });
for (let round = 0; round < rounds; round++)
  for (const [i, target] of targets.entries()) await slice(target, figures[i]);

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
process.stdout.write(
  JSON.stringify(
    figures.map(({ times, failed, late }, i) => {
      const sorted = times.sort((a, b) => a - b);
      return {
        name: targets[i].name,
        requests: sorted.length,
        failed,
        late,
        p50: at(sorted, 0.5),
        p99: at(sorted, 0.99),
      };
    }),
  ),
);
agent.destroy();
