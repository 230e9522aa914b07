export { BrokerHost } from './broker/broker-host';
export { limitsOf, type BrokerLimits } from './broker/broker-limits';
export { MqttEngine } from './broker/mqtt-engine';
export { ingestConfig } from './config';
export { EnrolmentHost } from './enrolment/enrolment-host';
export { IdentityHost } from './devices/identity-host';
export { ingest } from './service';
