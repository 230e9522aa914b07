export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type PostgresLogger,
} from './postgres/embedded';
export * from './postgres/store';
