import { describeError, seconds } from '@quaywatch/kernel';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Progress } from '../progress';
import { startDemoProcess } from '../demo-process';
import { sandboxOrganisation } from '../organisation';
import { startPlatform } from '../start';
import { firstAdministratorLink } from '../set-up-link';

/** Options of `quaywatch start`. */
export interface StartCommandOptions {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly mqttPort: number;
  readonly estPort?: number;
  readonly publicUrl?: string;
  readonly demo: boolean;
  readonly sandbox: boolean;
  readonly seed: number;
}

const stopLimit = seconds(9);

/** Runs the platform until Ctrl-C or SIGTERM; everything is stopped within 10 s, nothing is left behind. */
export async function startCommand(options: StartCommandOptions): Promise<void> {
  const progress = new Progress();
  progress.say('Quaywatch starts');
  const closers: (() => Promise<void>)[] = [];
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(130);
    stopping = true;
    progress.say('\nStopping (Ctrl-C again to stop at once) …');
    setTimeout(() => {
      progress.say('Not everything stopped in time; the next start cleans up.');
      process.exit(1);
    }, stopLimit).unref();
    for (const close of closers.reverse())
      await close().catch((error: unknown) => progress.say(`  ✗ ${describeError(error)}`));
    progress.say('Stopped.');
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());

  const portalDir = process.env.PORTAL_DIR ?? fileURLToPath(new URL('../../portal/dist', import.meta.url));
  const platform = await startPlatform(
    {
      ...options,
      portalDir,
      environment: { ...(options.sandbox ? { SANDBOX_ORGANISATION: sandboxOrganisation } : {}), ...process.env },
    },
    progress,
  );
  closers.push(() => platform.stop());

  try {
    const link = await firstAdministratorLink(platform);
    progress.say('');
    progress.say(`  Portal    ${platform.url}`);
    progress.say(`  Devices   ${platform.mqttUrl}`);
    if (link) progress.say(`  First administrator, one-time link (until used):\n            ${link}`);
    const sandboxLink = options.sandbox ? await firstAdministratorLink(platform, sandboxOrganisation) : null;
    if (sandboxLink) progress.say(`  Sandbox, one-time link for its first developer:\n            ${sandboxLink}`);
    progress.say(`  Log       ${join(options.dataDir, 'platform.log')}\n`);
    if (options.demo) {
      const demo = await progress.step('24 simulated spreaders enrolled and streaming', () =>
        startDemoProcess(platform, 'demo', options),
      );
      closers.push(() => demo.stop());
    }
    if (options.sandbox) {
      const sandbox = await progress.step('Sandbox: 24 simulated spreaders enrolled and streaming', () =>
        startDemoProcess(platform, 'sandbox', options),
      );
      closers.push(() => sandbox.stop());
    }
  } catch (error) {
    // Nothing is left behind when the start fails half way.
    if (!stopping) await platform.stop();
    throw error;
  }
  progress.say(`Ready after ${progress.elapsed.toFixed(1)} s. Ctrl-C stops everything.`);
}
