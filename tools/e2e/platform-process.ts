import { freePort } from '@quaywatch/adapters';
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `quaywatch start` as a person runs it: a process of its own, watched through what it prints. */
export class PlatformProcess {
  output = '';
  private readonly ended: Promise<number | null>;

  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
    readonly mqttUrl: string,
  ) {
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Starts it on a folder and free ports; resolves at once. */
  static async start(
    dataDir: string,
    environment: Record<string, string>,
    ports?: { http: number; mqtt: number },
  ): Promise<PlatformProcess> {
    const { http, mqtt } = ports ?? { http: await freePort(), mqtt: await freePort() };
    const child = spawn(
      process.execPath,
      [
        '--enable-source-maps',
        'services/platform/dist/main.js',
        'start',
        '--data-dir',
        dataDir,
        '--port',
        String(http),
        '--mqtt-port',
        String(mqtt),
      ],
      {
        cwd: root,
        env: { ...process.env, NODE_OPTIONS: '', SECOND_FACTOR: 'off', ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    return new PlatformProcess(child, `http://localhost:${http}`, `mqtts://localhost:${mqtt}`);
  }

  /** Waits until it has printed something; fails with its output when it ends before or takes too long. */
  async printed(pattern: RegExp, limit: number): Promise<RegExpExecArray> {
    for (const end = Date.now() + limit; ;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (this.child.exitCode !== null || Date.now() > end)
        throw new Error(`${pattern} was not printed:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ctrl-C; the exit code and how long it took, ms. */
  async interrupt(): Promise<{ code: number | null; took: number }> {
    const from = performance.now();
    this.child.kill('SIGINT');
    return { code: await this.ended, took: performance.now() - from };
  }

  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** Runs a command line tool of the build to its end. */
export function runTool(
  service: 'platform' | 'btu',
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [`services/${service}/dist/main.js`, ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', SECOND_FACTOR: 'off', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}
