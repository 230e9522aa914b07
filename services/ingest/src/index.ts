export { BrokerHost } from './broker/broker-host';
export { limitsOf, type BrokerLimits } from './broker/broker-limits';
export { MqttEngine } from './broker/mqtt-engine';
export { ingestConfig } from './config';
export { dialects, type DialectSession } from './dialects';
export { prepareInflate } from './dialects/inflate';
export { writePayload } from './dialects/sparkplug-payload';
export { ingest } from './service';
