export { BrokerHost } from './broker/broker-host';
export { limitsOf, type BrokerLimits } from './broker/broker-limits';
export { MqttEngine } from './broker/mqtt-engine';
export { ingestConfig } from './config';
export { ingest } from './service';
