import { describeError, hours, minutes, seconds, type Duration } from '@quaywatch/kernel';
import type { Clock, ObjectStore, ViewStore } from '@quaywatch/ports';
import type { AuditTrail, Logger } from '@quaywatch/runtime';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { datasets } from './datasets';
import { encoders } from './encoders';

/** How long a file stays. */
export const exportLife: Duration = hours(24);

/** Rows that are in memory at a time. */
const batch = 5000;
/** Bytes of one object, about; a file is as many of them as it takes. */
const partSize = 4 * 1024 * 1024;
const lease = minutes(2);
const mostAttempts = 3;

/** The objects of a file, first part 1. */
export const partKey = (org: string, id: string, part: number): string =>
  `exports/${org}/${id}/${String(part).padStart(6, '0')}`;

/** A job as its row. */
export interface ExportRow extends Record<string, unknown> {
  readonly org: string;
  readonly export: string;
  readonly owner: string;
  readonly dataset: string;
  readonly format: string;
  readonly from_at: number;
  readonly to_at: number;
  readonly spreader: string | null;
  readonly terminals: string[] | null;
  readonly signals: string[] | null;
  readonly state: 'waiting' | 'running' | 'ready' | 'failed';
  readonly created_at: number;
  readonly expires_at: number;
  readonly attempts: number;
  readonly rows: string | null;
  readonly bytes: string | null;
  readonly parts: number | null;
  readonly sha256: string | null;
  readonly error: string | null;
}

/** Writes the exports that wait, one after the other, and takes away those whose time is over. */
export class ExportJobs implements OnApplicationBootstrap, OnApplicationShutdown {
  private cancel: (() => void) | undefined;
  private working: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private readonly holder: string;

  constructor(
    private readonly store: ViewStore,
    private readonly objects: ObjectStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly logger: Logger,
    private readonly every: Duration = seconds(10),
  ) {
    this.holder = Buffer.from(clock.random(12)).toString('base64url');
  }

  onApplicationBootstrap(): void {
    this.plan();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    await this.working;
  }

  /** Looks for work soon; call it when there is some. */
  wake(): void {
    if (this.stopped) return;
    if (this.working) {
      this.again = true;
      return;
    }
    this.working = this.work()
      .catch((error: unknown) => {
        this.logger.warn({ reason: describeError(error) }, 'exports could not be written');
      })
      .finally(() => {
        this.working = undefined;
        if (this.again) {
          this.again = false;
          this.wake();
        }
      });
  }

  private plan(): void {
    if (this.stopped) return;
    this.cancel = this.clock.after(this.every, () => {
      this.wake();
      this.plan();
    });
  }

  private async work(): Promise<void> {
    await this.expire();
    while (!this.stopped) {
      const job = await this.take();
      if (!job) return;
      try {
        await this.write(job);
      } catch (error) {
        // A job that is not ours any more, or that a stop has cut off, is somebody else's or is taken up again.
        if (this.stopped || error instanceof NoLongerOurs) return;
        this.logger.warn({ export: job.export, reason: describeError(error) }, 'export failed');
        await this.give(job, error);
      }
    }
  }

  private async take(): Promise<ExportRow | undefined> {
    const now = this.clock.now();
    const [job] = await this.store.transact((tx) =>
      tx.query<ExportRow>(
        `update export_job set state = 'running', holder = $1, held_until = $2, attempts = attempts + 1
         where export = (
           select export from export_job
           where expires_at > $3 and (state = 'waiting' or (state = 'running' and held_until <= $3))
           order by created_at limit 1 for update skip locked)
         returning *`,
        [this.holder, now + lease, now],
      ),
    );
    return job;
  }

  private async write(job: ExportRow): Promise<void> {
    const dataset = datasets[job.dataset];
    const make = encoders[job.format];
    if (!dataset || !make) throw new RangeError(`no such export: ${job.dataset} as ${job.format}`);
    const encoder = make(dataset.columns);
    const selection = {
      from: job.from_at,
      to: job.to_at,
      spreader: job.spreader,
      terminals: job.terminals,
      signals: job.signals,
    };
    const hash = createHash('sha256');
    let [rows, bytes, parts] = [0, 0, 0];
    let waiting: Uint8Array[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      if (size === 0) return;
      await this.hold(job);
      await this.objects.put(partKey(job.org, job.export, ++parts), Buffer.concat(waiting));
      [waiting, size] = [[], 0];
    };
    const add = async (chunk: Uint8Array): Promise<void> => {
      hash.update(chunk);
      bytes += chunk.length;
      waiting.push(chunk);
      size += chunk.length;
      if (size >= partSize) await flush();
    };
    let after: readonly unknown[] | undefined;
    for (;;) {
      if (this.stopped) throw new NoLongerOurs();
      const page = await this.store.readAs(job.org, (q) => dataset.page(q, selection, after, batch));
      if (page.rows.length > 0) {
        rows += page.rows.length;
        await add(encoder.batch(page.rows));
        after = page.last;
      }
      if (page.rows.length < batch) break;
    }
    await add(encoder.end());
    await flush();
    await this.store.transact(async (tx) => {
      const kept = await tx.query(
        `update export_job set state = 'ready', holder = null, held_until = null, rows = $3, bytes = $4, parts = $5, sha256 = $6
         where export = $1 and holder = $2 returning 1`,
        [job.export, this.holder, rows, bytes, parts, hash.digest('hex')],
      );
      if (kept.length === 0) throw new NoLongerOurs();
    });
  }

  /** Prolongs the lease; throws when another has the job by now or it was taken away. */
  private async hold(job: ExportRow): Promise<void> {
    const held = await this.store.transact((tx) =>
      tx.query('update export_job set held_until = $3 where export = $1 and holder = $2 returning 1', [
        job.export,
        this.holder,
        this.clock.now() + lease,
      ]),
    );
    if (held.length === 0) throw new NoLongerOurs();
  }

  private async give(job: ExportRow, error: unknown): Promise<void> {
    const last = job.attempts >= mostAttempts;
    await this.store.transact((tx) =>
      tx.query(
        `update export_job set state = $3, error = $4, holder = null, held_until = null where export = $1 and holder = $2`,
        [job.export, this.holder, last ? 'failed' : 'waiting', last ? describeError(error).slice(0, 300) : null],
      ),
    );
  }

  private async expire(): Promise<void> {
    const over = await this.store.transact((tx) =>
      tx.query<ExportRow>('select * from export_job where expires_at <= $1 and parts is distinct from 0 limit 100', [
        this.clock.now(),
      ]),
    );
    for (const job of over) await this.remove(job, 'expired');
  }

  /** Takes the file away, and with `deleted` also what is known of it. */
  async remove(job: ExportRow, how: 'expired' | 'deleted'): Promise<void> {
    for (const { key } of await this.objects.list(`exports/${job.org}/${job.export}/`)) await this.objects.remove(key);
    await this.store.transact(async (tx) => {
      if (how === 'deleted') await tx.query('delete from export_job where export = $1', [job.export]);
      else await tx.query('update export_job set parts = 0, holder = null where export = $1', [job.export]);
      if (how === 'expired') {
        await this.audit.within(tx, {
          org: job.org,
          class: 'privileged',
          actor: { kind: 'service', id: 'condition-analysis' },
          action: 'export.expire',
          target: { kind: 'export', id: job.export },
          outcome: 'success',
        });
      }
    });
  }
}

class NoLongerOurs extends Error {}
