export { BrokerHost } from './broker/broker-host';
export { EnrolmentHost } from './enrolment/enrolment-host';
export { IdentityHost } from './devices/identity-host';
export { ingest } from './service';
