import { Fault, fromIso } from '@quaywatch/kernel';
import {
  applyRetention,
  exportSignal,
  readSegment,
  sealArchive,
  segmentsOf,
  type RetentionPolicy,
} from '@quaywatch/runtime';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Progress } from '../progress';
import { openBesidePlatform, type PartsBeside } from '../work-beside';

interface Common {
  readonly dataDir: string;
}

async function withParts<T>(dataDir: string, work: (parts: PartsBeside) => Promise<T>): Promise<T> {
  const parts = await openBesidePlatform(dataDir, 'archive');
  try {
    return await work(parts);
  } finally {
    await parts.close();
  }
}

/** `quaywatch archive seal`: archives every hour that is over; run it from a timer. */
export const sealCommand = (options: Common): Promise<void> =>
  withParts(options.dataDir, async ({ adapters }) => {
    const progress = new Progress();
    const sealed = await progress.step('Hours that are over archived', () =>
      sealArchive(adapters.log, adapters.objects, adapters.clock.now()),
    );
    const each = sealed.values > 0 ? `, ${(sealed.bytes / sealed.values).toFixed(2)} bytes a value` : '';
    progress.say(`  ${sealed.segments} hours, ${sealed.records} records, ${sealed.values} values${each}`);
  });

/** `quaywatch archive verify`: looks at every checksum; exit 3 when something is damaged. */
export const verifyCommand = (options: Common): Promise<void> =>
  withParts(options.dataDir, async ({ adapters }) => {
    let records = 0;
    let segments = 0;
    for (let partition = 0; partition < adapters.log.partitions; partition++) {
      for (const segment of await segmentsOf(adapters.objects, partition)) {
        try {
          records += (await readSegment(adapters.objects, segment)).length;
          segments++;
        } catch (error) {
          if (!(error instanceof Fault && error.code === 'ARCHIVE_DAMAGED')) throw error;
          process.stderr.write(`  ✗ ${error.message}\n`);
          process.exitCode = 3;
        }
      }
    }
    process.stderr.write(`${segments} hours with ${records} records are as they were sealed\n`);
  });

/** `quaywatch archive export`: one signal of one spreader as NDJSON. */
export const exportCommand = (
  options: Common & { org: string; spreader: string; signal: string; from: string; to: string },
): Promise<void> =>
  withParts(options.dataDir, async ({ adapters }) => {
    const [from, to] = [fromIso(options.from), fromIso(options.to)];
    if (from === undefined || to === undefined) throw new Fault('NOT_A_TIME', 'give --from and --to as RFC 3339 times');
    const { org, spreader, signal } = options;
    const found = await exportSignal(adapters.objects, adapters.log.partitions, { org, spreader, signal, from, to });
    for (const { at, value } of found)
      process.stdout.write(`${JSON.stringify({ at: new Date(at).toISOString(), value })}\n`);
  });

const policy = z.strictObject({
  days: z.record(z.string(), z.number().int().positive()),
  holds: z.array(z.strictObject({ org: z.string(), spreader: z.string().optional(), reason: z.string().min(3) })),
});

/** `quaywatch archive retention`: removes what is older than the policy says, except under a legal hold. */
export const retentionCommand = (options: Common & { policy: string }): Promise<void> =>
  withParts(options.dataDir, async ({ adapters }) => {
    const read = policy.safeParse(JSON.parse(await readFile(options.policy, 'utf8')));
    if (!read.success) throw new Fault('POLICY_INVALID', `${options.policy}: ${z.prettifyError(read.error)}`);
    const given = read.data as RetentionPolicy;
    const removed = await applyRetention(adapters.objects, adapters.log.partitions, given, adapters.clock.now());
    for (const key of removed) process.stdout.write(`${key}\n`);
    process.stderr.write(`${removed.length} files removed; their manifests stay\n`);
  });
