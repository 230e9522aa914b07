// Ingest as a process of its own, for the chaos trials: the service, its adapters, nothing else.
import { chooseAdapters, makeLogger, makePeers, openStore, startService } from '@quaywatch/runtime';
import { BrokerHost, ingest } from '@quaywatch/services/ingest';

const logger = makeLogger('ingest', { level: 'warn', file: process.env.LOG_FILE });
const adapters = await chooseAdapters(process.env, 'chaos-ingest', logger);
const store = await openStore(ingest as never, process.env.SERVICE_DATABASE_URL as string, logger);
const service = await startService(ingest as never, {
  ...adapters,
  store,
  logger,
  peers: makePeers(new Map(), adapters.secrets),
  environment: process.env,
  http: { host: '127.0.0.1', port: 0 },
});
process.send?.({ url: service.url, mqttPort: service.app.get(BrokerHost).port });
process.once('SIGTERM', () => {
  void service
    .stop()
    .then(() => store.close())
    .then(() => adapters.close())
    .then(() => process.exit(0));
});
