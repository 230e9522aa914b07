import { chooseAdapters, makeLogger, makePeers, peerUrls } from '@quaywatch/runtime';
import { demoFleet, demoHistory, demoPace, sandboxFleet, sandboxHistory, sandboxPace } from '@quaywatch/services/btu';
import { startDemo } from '../demo';
import { defaultOrganisation, sandboxOrganisation } from '../organisation';
import { playScenarios } from '../sandbox/play-scenarios';

/** Whose simulated spreaders, and which. */
const kinds = {
  demo: { org: defaultOrganisation, fleet: demoFleet, pace: demoPace, history: demoHistory },
  sandbox: { org: sandboxOrganisation, fleet: sandboxFleet, pace: sandboxPace, history: sandboxHistory },
} as const;

/**
 * `quaywatch demo` and `quaywatch sandbox`: simulated spreaders as a process of their own. Where the services answer comes
 * from the environment (`FLEET_URL` …), as in any container. Started by `quaywatch start` it ends with its parent.
 */
export async function demoCommand(
  kind: keyof typeof kinds,
  options: { mqtt: string; dir: string; seed: number },
): Promise<void> {
  const adapters = await chooseAdapters(
    { OBJECT_DIR: options.dir, DATABASE_URL: 'postgres://unused', ...process.env, EVENT_LOG: 'postgres' },
    kind,
    makeLogger(kind, { level: 'warn' }),
  );
  const ending = new AbortController();
  const stop = (): void => {
    if (ending.signal.aborted) return;
    ending.abort();
    void demo
      .then((running) => running.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.once('SIGTERM', stop);
  process.on('SIGINT', () => {
    // Ctrl-C reaches the whole group; a parent that started us says when.
    if (!process.send) stop();
  });
  process.once('disconnect', stop);
  const peers = makePeers(peerUrls(process.env), adapters.secrets);
  const demo = startDemo({
    mqttUrl: options.mqtt,
    peers,
    clock: adapters.clock,
    dir: options.dir,
    seed: options.seed,
    ...kinds[kind],
  });
  const { devices } = await demo;
  process.send?.({ enrolled: devices.size });
  if (kind === 'sandbox') void playScenarios({ peers, clock: adapters.clock, devices, signal: ending.signal });
}
