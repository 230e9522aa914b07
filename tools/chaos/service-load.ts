import type { EventEnvelope } from '@quaywatch/contracts';
import { SpreaderSimulator } from '@quaywatch/domain/simulator';
import { pause } from '../ingest-rig/until';
import type { ServiceRig } from './service-rig';

const spreaders = 4;
/** A request whose service was killed holds its caller up for the half minute after which it counts as dead. */
const callers = 8;
const start = Date.UTC(2026, 10, 21);
const hour = 3_600_000;

/** Telemetry into the log, and terminals over the gateway, until it is stopped. */
export class ServiceLoad {
  /** Names of terminals whose making was acknowledged. */
  readonly acknowledged = new Set<string>();
  frames = 0;
  poisoned = 0;
  refused = 0;
  /** Of the acknowledged: made, but the first answer was lost with its process. */
  answersLost = 0;
  private running = true;
  private failure: unknown;
  private work: Promise<unknown> = Promise.resolve();

  constructor(private readonly rig: ServiceRig) {}

  async start(): Promise<void> {
    const caller = await this.rig.signIn();
    const parts = [
      ...Array.from({ length: spreaders }, (_, i) => this.telemetry(i)),
      ...Array.from({ length: callers }, (_, i) => this.terminals(i, caller)),
    ];
    this.work = Promise.all(
      parts.map((part) =>
        part.catch((error: unknown) => {
          this.failure ??= error;
        }),
      ),
    );
  }

  /** Throws when the load has broken off: a run without it would prove nothing. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.work;
    this.check();
  }

  /** Puts events into the log that no reader can ever handle. */
  async poison(): Promise<void> {
    const n = this.poisoned++;
    const event = { id: `evt_poison_${n}`, type: 'samples-received', v: 1, source: 'ingest', org: 'org_chaos' };
    const data = { samples: 'not a list', n };
    await this.rig.adapters.log.append('da.telemetry', [
      { event: { ...event, key: `spr_chaos_${n % spreaders}`, time: start, data } },
    ]);
  }

  private async telemetry(i: number): Promise<void> {
    const spreader = `spr_chaos_${i}`;
    const faults =
      i % 2 === 0
        ? []
        : [
            {
              mode: 'FM-01' as const,
              position: 1,
              onsetAt: start,
              fullAt: start + 2 * hour,
              shape: 'linear' as const,
            },
          ];
    const simulator = new SpreaderSimulator({ seed: 40 + i, startAt: start, faults });
    const seq = { live: 0, event: 0 };
    let batch: { event: EventEnvelope }[] = [];
    for (const { stream, at, signals } of simulator.live(start + 400 * hour)) {
      if (!this.running) break;
      const samples = Object.entries(signals).map(([signal, column]) => ({ signal, ...column }));
      const data = {
        btu: `BTU-CHAOS-${i}`,
        spreader,
        stream,
        boot: 1,
        seq: ++seq[stream],
        receivedAt: at + 40,
        historical: false,
        clock: 'NTP',
        clockOffset: 0,
        samples,
      };
      const id = `evt_chaos_${i}_${stream}_${seq[stream]}`;
      const event = { id, type: 'samples-received', v: 1, source: 'ingest', org: 'org_chaos', key: spreader, time: at };
      batch.push({ event: { ...event, data } });
      if (batch.length < 20) continue;
      await this.rig.adapters.log.append('da.telemetry', batch);
      this.frames += batch.length;
      batch = [];
      await pause(2000);
    }
  }

  private async terminals(i: number, caller: Awaited<ReturnType<ServiceRig['signIn']>>): Promise<void> {
    for (let n = 0; this.running; n++) {
      const name = `Quay ${i}-${n}`;
      const body = JSON.stringify({ name, time_zone: 'UTC' });
      while (this.running) {
        const answer = await this.createTerminal(caller, `chaos-of-services-${i}-${n}`, body).catch(() => undefined);
        // Killed between the deed and its answer: the second try is told that it was done.
        const done = answer?.status === 409 && answer.text.includes('It was carried out');
        if (answer?.status === 201 || done) {
          this.acknowledged.add(name);
          if (done) this.answersLost++;
          break;
        }
        this.refused++;
        if (answer && answer.status < 500 && answer.status !== 409) throw new Error(`${answer.status} ${answer.text}`);
        await pause(100);
      }
      await pause(400);
    }
  }

  /** The same key with every try: one that was made but not acknowledged is not made again. Undefined without a token. */
  private async createTerminal(
    caller: Awaited<ReturnType<ServiceRig['signIn']>>,
    key: string,
    body: string,
  ): Promise<{ readonly status: number; readonly text: string } | undefined> {
    const own = await caller();
    if (!own) return undefined;
    const headers = { ...own, 'content-type': 'application/json', 'idempotency-key': key };
    const response = await fetch(`${this.rig.urlOf('gateway')}/v1/terminals`, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  }
}
