export { postgresViewStore, type PostgresViewStoreOptions } from './postgres-view-store';
export { prepareService } from './prepare-service';
export { defaultDatabase, readerRole, serviceRole, serviceSchema } from './roles';
