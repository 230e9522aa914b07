import { chooseAdapters, makeLogger, makePeers, peerUrls } from '@quaywatch/runtime';
import { startDemo } from '../demo';

/**
 * `quaywatch demo`: the simulated spreaders as a process of their own. Where the services answer comes from the
 * environment (`FLEET_URL` …), as in any container. Started by `quaywatch start` it ends with its parent.
 */
export async function demoCommand(options: { mqtt: string; dir: string; seed: number }): Promise<void> {
  const adapters = await chooseAdapters(
    { OBJECT_DIR: options.dir, DATABASE_URL: 'postgres://unused', ...process.env, EVENT_LOG: 'postgres' },
    'demo',
    makeLogger('demo', { level: 'warn' }),
  );
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
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
  const demo = startDemo({
    mqttUrl: options.mqtt,
    peers: makePeers(peerUrls(process.env), adapters.secrets),
    clock: adapters.clock,
    dir: options.dir,
    seed: options.seed,
  });
  const { devices } = await demo;
  process.send?.({ enrolled: devices.length });
}
