import { Fault } from '@quaywatch/kernel';

/** Name of the database unless an operator chose another. Roles begin with the name of their database. */
export const defaultDatabase = 'quaywatch';

/** Schema of a service: its name with `_`. */
export function serviceSchema(service: string): string {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(service)) throw new Fault('STORE_NAME', `${service} is no name of a service`);
  return service.replaceAll('-', '_');
}

/** Schema in which a service rebuilds its views beside the ones in use. */
export const besideSchema = (service: string): string => `${serviceSchema(service)}_beside`;

/** Login role of a service, owner of its schema: `<database>_<service>`, so that databases on one server stay apart. */
export const serviceRole = (service: string, database: string = defaultDatabase): string =>
  roleName(database, serviceSchema(service));

/** Role without login that reads one organisation's rows of a service. */
export const readerRole = (service: string, database: string = defaultDatabase): string =>
  roleName(database, `${serviceSchema(service)}_reader`);

/** Role that may use the event log in this database, made by the log's own migration. */
export const logRoles = (database: string): readonly string[] => [
  ...new Set(['quaywatch_log', roleName(database, 'log')]),
];

function roleName(database: string, name: string): string {
  const role = `${database}_${name}`;
  if (role.length > 63)
    throw new Fault('STORE_NAME', `the database name ${database} is too long: ${role} must have 63 characters at most`);
  return role;
}
