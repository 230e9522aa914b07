import { chooseAdapters, makeLogger, makePeers, peerUrls } from '@quaywatch/runtime';
import { startDemo } from '../demo';

/** `quaywatch demo`: the simulated spreaders as a process of their own, beside a platform in containers. */
export async function demoCommand(options: { mqtt: string; dir: string; seed: number }): Promise<void> {
  const adapters = await chooseAdapters({ OBJECT_DIR: options.dir, ...process.env }, 'demo', makeLogger('demo'));
  const demo = await startDemo(
    { mqttUrl: options.mqtt, peers: makePeers(peerUrls(process.env), adapters.secrets), adapters },
    { dir: options.dir, seed: options.seed },
  );
  const stop = (): void =>
    void demo
      .stop()
      .then(() => adapters.close())
      .then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
