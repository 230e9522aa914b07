export type { LogLogger } from './event-log/log-logger';
export { eventLogRole, migrateEventLog } from './postgres/event-log/migrate-event-log';
export { postgresEventLog, type PostgresEventLogOptions } from './postgres/event-log/postgres-event-log';
export { kafkaEventLog, type KafkaEventLogOptions } from './kafka/kafka-event-log';
export type { KafkaCompression } from './kafka/kafka-compression';
export type { KafkaSecurity } from './kafka/kafka-security';
