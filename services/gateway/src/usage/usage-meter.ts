import { events, type DataOf, type EventEnvelope } from '@quaywatch/contracts';
import { describeError, makeId, seconds, type Instant } from '@quaywatch/kernel';
import type { Clock, EventLog } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';

type Operation = DataOf<typeof events.apiUsed>['operations'][number];
type Counts = { -readonly [name in keyof Operation]: Operation[name] };

interface Program {
  readonly org: string;
  readonly operations: Map<string, Counts>;
  lastAt: Instant;
}

/** How often it is told what was counted. A gateway that is killed loses what it counted since. */
const tellEvery = seconds(15);

/**
 * Counts what programs call and tells it in events. An append that failed is told again with the next; if it had been
 * stored after all, its calls are counted twice: these are figures to look at, not to charge by.
 */
export class UsageMeter {
  private readonly programs = new Map<string, Program>();
  private cancel: (() => void) | undefined;
  private telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  open(): void {
    this.cancel = this.clock.after(tellEvery, () => {
      void this.tell().finally(() => this.cancel && this.open());
    });
  }

  /** Tells the rest and ends. */
  async close(): Promise<void> {
    this.cancel?.();
    this.cancel = undefined;
    await this.tell();
  }

  /** Counts one answer. */
  count(org: string, client: string, operation: string, status: number): void {
    let program = this.programs.get(client);
    if (!program) this.programs.set(client, (program = { org, operations: new Map(), lastAt: 0 }));
    program.lastAt = this.clock.now();
    let counts = program.operations.get(operation);
    if (!counts)
      program.operations.set(
        operation,
        (counts = { operation, requests: 0, clientErrors: 0, serverErrors: 0, throttled: 0 }),
      );
    counts.requests++;
    if (status === 429) counts.throttled++;
    else if (status >= 500) counts.serverErrors++;
    else if (status >= 400) counts.clientErrors++;
  }

  /** Tells what was counted since the last time. */
  tell(): Promise<void> {
    this.telling = this.telling.then(() => this.append());
    return this.telling;
  }

  private async append(): Promise<void> {
    if (this.programs.size === 0) return;
    const told = [...this.programs];
    this.programs.clear();
    try {
      await this.log.append(
        'usage',
        told.map(([client, program]) => ({ event: this.eventOf(client, program) })),
      );
    } catch (error) {
      this.logger.warn({ reason: describeError(error) }, 'usage of programs could not be told; it is kept');
      for (const [client, program] of told) this.putBack(client, program);
    }
  }

  private putBack(client: string, before: Program): void {
    const now = this.programs.get(client);
    if (!now) return void this.programs.set(client, before);
    now.lastAt = Math.max(now.lastAt, before.lastAt);
    for (const [operation, counts] of before.operations) {
      const newer = now.operations.get(operation);
      if (!newer) now.operations.set(operation, counts);
      else
        for (const name of ['requests', 'clientErrors', 'serverErrors', 'throttled'] as const)
          newer[name] += counts[name];
    }
  }

  private eventOf(client: string, { org, operations, lastAt }: Program): EventEnvelope<DataOf<typeof events.apiUsed>> {
    const now = this.clock.now();
    return {
      id: makeId('event', now, this.clock.random(16)),
      type: events.apiUsed.type,
      v: events.apiUsed.versions.length,
      source: 'gateway',
      org,
      key: client,
      time: now,
      data: { client, lastAt, operations: [...operations.values()] },
    };
  }
}
