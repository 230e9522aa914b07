import { eventCatalogue, readEvent, type EventEnvelope, type ServiceName } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { EventLog, LogEvent } from './event-log';
import type { AppendOutcome, FactLog, NewFact } from './fact-log';

/** A FactLog in memory with its outbox; `settle` relays to an EventLog, as the outbox relay of a service does. */
export class FakeFactLog implements FactLog {
  private readonly streams = new Map<string, EventEnvelope[]>();
  private outbox: { readonly seq: number; readonly event: EventEnvelope }[] = [];
  private seq = 0;

  constructor(
    private readonly service: ServiceName,
    private readonly eventLog: EventLog,
  ) {}

  async append(stream: string, expected: number, facts: readonly NewFact[]): Promise<AppendOutcome> {
    for (const fact of facts) this.checkOwner(fact.type);
    const stored = this.streams.get(stream) ?? [];
    if (stored.length !== expected) return { kind: 'conflict', revision: stored.length };
    for (const fact of facts) {
      const revision = stored.length + 1;
      const event = JSON.parse(JSON.stringify({ ...fact, source: this.service, stream, revision })) as EventEnvelope;
      stored.push(event);
      this.outbox.push({ seq: ++this.seq, event });
    }
    this.streams.set(stream, stored);
    return { kind: 'appended', revision: stored.length };
  }

  async read(stream: string): Promise<readonly EventEnvelope[]> {
    return (this.streams.get(stream) ?? []).map((stored) => {
      const result = readEvent(stored);
      if (result.kind !== 'event') throw new Fault('FACT_UNREADABLE', result.reason);
      return result.event;
    });
  }

  /** Relays everything that waits, and notes it as sent. */
  async settle(): Promise<void> {
    const waiting = this.outbox;
    await this.send(waiting);
    this.outbox = this.outbox.filter((entry) => !waiting.includes(entry));
  }

  /** Relays everything that waits, but dies before it is noted: the next `settle` sends it again. */
  async settleAndCrash(): Promise<void> {
    await this.send(this.outbox);
  }

  private async send(entries: readonly { seq: number; event: EventEnvelope }[]): Promise<void> {
    for (const { seq, event } of entries) {
      const topic = eventCatalogue.get(event.type)?.topic;
      const marked: LogEvent = { event, outbox: { owner: this.service, seq } };
      if (topic) await this.eventLog.append(topic, [marked]);
    }
  }

  private checkOwner(type: string): void {
    const definition = eventCatalogue.get(type);
    if (definition?.grade !== 'fact' || definition.owner !== this.service) {
      throw new Fault('NOT_OWNER', `${this.service} does not own a fact called ${type}`);
    }
  }
}
