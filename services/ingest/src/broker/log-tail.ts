import { describeError, Fault, type Duration } from '@quaywatch/kernel';
import type { Clock, EventLog, ViewStore } from '@quaywatch/ports';
import { frameNameOf, type FrameName } from './frame-name';

const topic = 'da.telemetry';

interface Look {
  readonly wanted: Set<string>;
  readonly found: Promise<ReadonlyMap<string, readonly FrameName[]>>;
}

/**
 * Frames that are in the log beyond what its view of stored frames has seen. View and tail together are all that is
 * stored, however far behind the view is: after an outage it has its backlog to do while the devices come back.
 */
export class LogTail {
  private running: Promise<unknown> = Promise.resolve();
  private next: Look | undefined;
  private looks = 0;

  constructor(
    private readonly store: ViewStore,
    private readonly log: EventLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Frames of a device between the view's position and the end of the log, both as of after this call; what is read
   * from the view later has all others. Calls that come while one reads share the next look. Rejects with a retryable
   * Fault `LOG_TAIL` after `limit`.
   */
  async frames(btu: string, limit: Duration): Promise<readonly FrameName[]> {
    this.next ??= this.begin(limit);
    const { wanted, found } = this.next;
    wanted.add(btu);
    return (await found).get(btu) ?? [];
  }

  private begin(limit: Duration): Look {
    const wanted = new Set<string>();
    const found = this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.read(wanted, limit);
      });
    this.running = found;
    return { wanted, found };
  }

  private async read(wanted: ReadonlySet<string>, limit: Duration): Promise<Map<string, FrameName[]>> {
    const ends = await this.log.endOffsets(topic);
    const next = await this.store.transact((tx) =>
      Promise.all(
        ends.map((_, partition) => tx.position('ingest-window', topic, partition).then((at) => at?.next ?? 0)),
      ),
    );
    const found = new Map<string, FrameName[]>([...wanted].map((btu) => [btu, []]));
    const left = (): number => ends.reduce((sum, end, partition) => sum + Math.max(0, end - (next[partition] ?? 0)), 0);
    if (left() === 0) return found;
    let last: unknown;
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const forget = this.clock.after(limit, finish);
    const handle = await this.log.subscribe({
      group: `ingest-tail-${Buffer.from(this.clock.random(6)).toString('hex')}-${++this.looks}`,
      topics: [topic],
      maxBatch: 2000,
      startAt: (_, partition) => Promise.resolve(next[partition] ?? 0),
      onBatch: ({ partition, records }) => {
        for (const { event } of records) {
          const name = frameNameOf((event as { id: string }).id);
          if (name) found.get(name.btu)?.push(name);
        }
        next[partition] = (records.at(-1)?.offset ?? 0) + 1;
        if (left() === 0) finish();
        return Promise.resolve();
      },
      onFault: (error) => (last = error),
    });
    try {
      await finished;
    } finally {
      forget();
      await handle.stop();
    }
    if (left() > 0) {
      const message = `${left()} stored events could not be read${last === undefined ? '' : `: ${describeError(last)}`}`;
      throw new Fault('LOG_TAIL', message, { retryable: true });
    }
    return found;
  }
}
