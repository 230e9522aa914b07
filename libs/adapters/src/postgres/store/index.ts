export { openBeside, type Beside, type BesideOptions, type TableDifference } from './open-beside';
export { postgresViewStore, type PostgresViewStoreOptions } from './postgres-view-store';
export { prepareService } from './prepare-service';
export { defaultDatabase, readerRole, serviceRole, serviceSchema } from './roles';
