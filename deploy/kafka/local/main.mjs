// `npm run kafka`: one Kafka broker in the foreground, data in .quaywatch/kafka, until Ctrl-C.
import { resolve } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { startKafka } from './start-kafka.mjs';

const port = Number(process.env.KAFKA_PORT ?? 9092);
try {
  const kafka = await startKafka({ dataDir: resolve('.quaywatch/kafka'), port, print: (line) => console.error(line) });
  console.log(`KAFKA_BROKERS=${kafka.brokers.join(',')}`);
  const alive = setInterval(() => {}, 60_000);
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      console.error('stopping Kafka');
      clearInterval(alive);
      await kafka.stop();
    });
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
