import { Fault, fromIso, hours } from '@quaywatch/kernel';
import { applyRetention, compactArchive, exportSignal, readSegment, sealArchive, segmentsOf } from '@quaywatch/runtime';
import { readPolicy } from '@quaywatch/services/ingest';
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

/** `quaywatch archive compact`: merges the hours of each day that is over and sealed into one file for each spreader. */
export const compactCommand = (options: Common): Promise<void> =>
  withParts(options.dataDir, async ({ adapters: { objects, log, clock } }) => {
    const progress = new Progress();
    const now = clock.now();
    await progress.step('Hours that are over archived', () => sealArchive(log, objects, now));
    const done = await progress.step('Days that are over compacted', () =>
      compactArchive(objects, log.partitions, now - hours(1)),
    );
    const each = done.values > 0 ? `, ${(done.bytes / done.values).toFixed(2)} bytes a value` : '';
    progress.say(`  ${done.days} days, ${done.records} records, ${done.values} values${each}`);
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
    const query = { org, spreader, signal, from, to };
    const { at, values } = await exportSignal(adapters.objects, adapters.log.partitions, query);
    for (let i = 0; i < at.length; i++)
      process.stdout.write(`${JSON.stringify({ at: new Date(at[i]!).toISOString(), value: values[i] })}\n`);
  });

/** `quaywatch archive retention`: removes what is older than the policy says, except under a legal hold. */
export const retentionCommand = (options: Common & { policy: string }): Promise<void> =>
  withParts(options.dataDir, async ({ adapters }) => {
    const given = await readPolicy(options.policy);
    const removed = await applyRetention(adapters.objects, adapters.log.partitions, given, adapters.clock.now());
    for (const { key } of removed) process.stdout.write(`${key}\n`);
    process.stderr.write(`${removed.length} files removed; their manifests stay\n`);
  });
