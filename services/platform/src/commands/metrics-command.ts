import { runningPeers } from '../run-file';
import { definitions } from '../services';

/** `quaywatch metrics`: what each service of the running platform tells Prometheus, its name as a comment before it. */
export async function metricsCommand(options: { readonly dataDir: string; readonly grep?: string }): Promise<void> {
  const { peers, gatewayMetrics } = await runningPeers(options.dataDir);
  for (const { name, store } of definitions) {
    const url = store ? `${peers.urlOf(name)}/metrics` : gatewayMetrics;
    if (url === undefined) continue;
    const answer = await fetch(url);
    const lines = (await answer.text()).split('\n');
    const wanted = options.grep === undefined ? lines : lines.filter((line) => line.includes(options.grep!));
    process.stdout.write(`# service ${name}\n${wanted.join('\n')}\n`);
  }
}
