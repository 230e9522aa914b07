import type { Topic } from '@quaywatch/contracts';
import { describeError, seconds } from '@quaywatch/kernel';
import type { Clock, EventLog, LogEvent, OutboxEntry, ViewStore } from '@quaywatch/ports';
import type { Logger } from '../logger';

const most = 500;

/**
 * Sends what a service put into its outbox to the log, in order, until stopped. An entry may be sent twice after a
 * crash, always with the same mark; consumers drop the second.
 */
export function relayOutbox(
  service: string,
  store: ViewStore,
  log: EventLog,
  clock: Clock,
  logger: Logger,
): () => Promise<void> {
  let stopped = false;
  let waiting = false;
  let running = Promise.resolve();
  let pause = 0;

  const wake = (): void => {
    if (stopped || waiting) return;
    waiting = true;
    running = running.then(async () => {
      waiting = false;
      await drain();
    });
  };

  const drain = async (): Promise<void> => {
    try {
      while (!stopped && (await store.takeOutbox(most, (entries) => send(service, log, entries))) > 0);
      pause = 0;
    } catch (error) {
      pause = Math.min(seconds(5), Math.max(100, pause * 2));
      if (stopped) return;
      logger.warn({ service, reason: describeError(error) }, 'outbox waits for the log');
      clock.after(pause, wake);
    }
  };

  const unsubscribe = store.onOutbox(wake);
  wake();
  return async () => {
    stopped = true;
    unsubscribe();
    await running;
  };
}

async function send(owner: string, log: EventLog, entries: readonly OutboxEntry[]): Promise<void> {
  const byTopic = new Map<Topic, LogEvent[]>();
  for (const { seq, topic, event } of entries) {
    const list = byTopic.get(topic) ?? [];
    list.push({ event, outbox: { owner, seq } });
    byTopic.set(topic, list);
  }
  await Promise.all([...byTopic].map(([topic, events]) => log.append(topic, events)));
}
