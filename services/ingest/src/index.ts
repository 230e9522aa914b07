export { BrokerHost } from './broker/broker-host';
export { ingest } from './service';
