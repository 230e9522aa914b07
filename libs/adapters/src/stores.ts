export {
  freePort,
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type PostgresLogger,
} from './postgres/embedded';
export * from './postgres/store';
export { filesystemObjectStore } from './filesystem/filesystem-object-store';
export { fileSecretStore } from './filesystem/file-secret-store';
export { systemClock } from './clock/system-clock';
export { s3ObjectStore, type S3ObjectStoreOptions } from './s3/s3-object-store';
export * from './channels';
