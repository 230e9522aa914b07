// The broker of ingest with open topic rights on 127.0.0.1, for conformance tests of others (docs/devices.md).
// Usage: node tools/run.mjs tools/conformance/serve.ts --port 1883
import { parseArgs } from 'node:util';
import { openBroker, refusedFilters } from './open-broker';

const { values } = parseArgs({ options: { port: { type: 'string', default: '1883' } } });
const broker = await openBroker({ port: Number(values.port) });
console.log(`MQTT 3.1.1 on 127.0.0.1:${broker.port}; refused subscriptions: ${refusedFilters.join(', ')}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.log('refused:', Object.fromEntries(broker.refused));
    void broker.close().then(() => process.exit(0));
  });
}
