import { Fault } from '@quaywatch/kernel';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { RunningPlatform } from './start';

/** Starts simulated spreaders as a process of their own beside the platform; resolves when all devices are enrolled. */
export function startDemoProcess(
  platform: RunningPlatform,
  what: 'demo' | 'sandbox',
  options: { dataDir: string; seed: number },
): Promise<{ stop(): Promise<void> }> {
  const urls = [...platform.services].map(([name, service]) => [
    `${name.replaceAll('-', '_').toUpperCase()}_URL`,
    service.url,
  ]);
  const args = [what, '--mqtt', platform.mqttUrl, '--dir', join(options.dataDir, what), '--seed', String(options.seed)];
  const child = fork(process.argv[1] as string, args, {
    env: { ...process.env, ...Object.fromEntries(urls), SECRETS_DIR: join(options.dataDir, 'secrets') },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return new Promise((resolve, reject) => {
    void ended.then((code) => reject(new Fault('DEMO_FAILED', `the simulated spreaders ended with ${code}`)));
    child.once('message', () =>
      resolve({
        stop: async () => {
          child.kill('SIGTERM');
          const timer = setTimeout(() => child.kill('SIGKILL'), 4000);
          await ended;
          clearTimeout(timer);
        },
      }),
    );
  });
}
