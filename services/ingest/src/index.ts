export { BrokerHost } from './broker/broker-host';
export { IdentityHost } from './devices/identity-host';
export { ingest } from './service';
