export { freePort } from './free-port';
export type { PostgresLogger } from './postgres-logger';
export * from './start-embedded-postgres';
export { runningEmbeddedPostgres } from './running-embedded-postgres';
