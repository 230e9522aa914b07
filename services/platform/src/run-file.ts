import { serviceNames, type ServiceName } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import { makePeers, chooseAdapters, makeLogger, type Peers } from '@quaywatch/runtime';
import type { Clock } from '@quaywatch/ports';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const runFile = z.object({
  publicUrl: z.string(),
  mqttPort: z.number(),
  pid: z.number(),
  environment: z.record(z.string(), z.string()).optional(),
  services: z.partialRecord(z.enum(serviceNames), z.string()),
  gatewayMetrics: z.string().optional(),
});

/** The peers of the platform that runs on this data folder. Fault `NOT_RUNNING` when none does. */
export async function runningPeers(
  dataDir: string,
): Promise<{ peers: Peers; clock: Clock; gatewayMetrics: string | undefined }> {
  let text: string;
  try {
    text = await readFile(join(dataDir, 'run.json'), 'utf8');
  } catch (error) {
    throw new Fault(
      'NOT_RUNNING',
      `no platform runs on ${dataDir}: start it (npm start), or name its folder with --data-dir`,
      { cause: error },
    );
  }
  const run = runFile.parse(JSON.parse(text));
  const adapters = await chooseAdapters(
    { SECRETS_DIR: join(dataDir, 'secrets'), OBJECT_DIR: join(dataDir, 'objects'), DATABASE_URL: 'postgres://unused' },
    'cli',
    makeLogger('cli', { level: 'error' }),
  );
  const urls = new Map(Object.entries(run.services) as [ServiceName, string][]);
  return { peers: makePeers(urls, adapters.secrets), clock: adapters.clock, gatewayMetrics: run.gatewayMetrics };
}
