import pg from 'pg';
import { Fault } from '@quaywatch/kernel';
import { besideSchema, logRoles, readerRole, serviceRole, serviceSchema } from './roles';
import { scramVerifier } from './scram';
import { storeFault } from './store-fault';

/**
 * As an administrator of the database: makes a service's schema, the login role that owns only this schema and the
 * reader role, and sets the password (ASCII, 16 characters at least). Idempotent; safe when several processes do it at
 * once. Returns the URL with which the service connects. Rejects with a Fault of `storeFault`.
 */
export async function prepareService(adminUrl: string, service: string, password: string): Promise<string> {
  if (!/^[!-~]{16,}$/.test(password))
    throw new Fault('STORE_PASSWORD', `the password of ${service} must have 16 or more printable ASCII characters`);
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('begin');
    // Concurrent changes of the database's own rights would fail, not wait.
    await client.query(`select pg_advisory_xact_lock(hashtextextended('quaywatch.prepare-service', 0))`);
    const role = await prepare(client, service, password);
    await client.query('commit');
    const url = new URL(adminUrl);
    url.username = encodeURIComponent(role);
    url.password = encodeURIComponent(password);
    return url.href;
  } catch (error) {
    throw storeFault(error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function prepare(client: pg.Client, service: string, password: string): Promise<string> {
  const { rows } = await client.query<{ database: string; admin: boolean }>(
    'select current_database() as database, rolsuper as admin from pg_roles where rolname = current_user',
  );
  const { database, admin } = rows[0]!;
  const names = {
    database,
    schema: serviceSchema(service),
    beside: besideSchema(service),
    role: serviceRole(service, database),
    reader: readerRole(service, database),
  };
  const q = Object.fromEntries(
    Object.entries(names).map(([key, name]) => [key, pg.escapeIdentifier(name)]),
  ) as typeof names;
  await ensureRole(client, names.role, 'login');
  await ensureRole(client, names.reader, 'nologin');
  await client.query(`alter role ${q.role} password ${pg.escapeLiteral(scramVerifier(password))} connection limit 100`);
  await client.query(`alter role ${q.role} in database ${q.database} set search_path = ${q.schema}`);
  // An administrator who is no superuser may give things to a role only when it is a member.
  if (!admin) await client.query(`grant ${q.role} to current_user`);
  await client.query(`create schema if not exists ${q.schema} authorization ${q.role}`);
  await client.query(`revoke all on schema ${q.schema} from public`);
  await client.query(`create schema if not exists ${q.beside} authorization ${q.role}`);
  await client.query(`revoke all on schema ${q.beside} from public`);
  await client.query(`grant usage on schema ${q.schema} to ${q.reader}`);
  await client.query(`grant ${q.reader} to ${q.role}`);
  await client.query(`revoke all on database ${q.database} from public`);
  await client.query(`grant connect on database ${q.database} to ${q.role}`);
  for (const log of logRoles(database)) {
    if (await mayGrant(client, log)) await client.query(`grant ${pg.escapeIdentifier(log)} to ${q.role}`);
  }
  return names.role;
}

async function ensureRole(client: pg.Client, role: string, login: 'login' | 'nologin'): Promise<void> {
  if (await roleExists(client, role)) return;
  await client.query(`create role ${pg.escapeIdentifier(role)} ${login} nocreatedb nocreaterole`);
}

/** True when there is such a role and this administrator may give it; a log of another administrator's is not ours. */
async function mayGrant(client: pg.Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_roles where rolname = $1 and pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION')`,
    [role],
  );
  return (rowCount ?? 0) > 0;
}

async function roleExists(client: pg.Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  return (rowCount ?? 0) > 0;
}
