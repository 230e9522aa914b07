import { Fault, minutes, seconds } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import type { Clients } from '../clients/clients';
import { InvalidGrant } from 'oidc-provider/lib/helpers/errors.js';

type Row = { payload: AdapterPayload; consumed_at: number | null };

/** Keeps the OpenID provider's state in the service's store: it survives restarts and is the same for every instance. */
export const postgresAdapter =
  (store: ViewStore, clock: Clock, clients: Clients): AdapterFactory =>
  (model) =>
    model === 'Client' ? registeredClients(clients) : new PostgresAdapter(store, clock, model);

/** Programs of partners are registered by our own API, never by the provider's. */
function registeredClients(clients: Clients): Adapter {
  const never = async (): Promise<never> => {
    throw new Fault('CLIENTS_READ_ONLY', 'the provider does not change clients');
  };
  return {
    find: (id) => clients.metadata(id),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: never,
    consume: never,
    destroy: never,
    revokeByGrantId: never,
  };
}

/** Removes records that have expired. */
export const purgeProviderRecords = (store: ViewStore, clock: Clock): Promise<unknown> =>
  store.transact((tx) => tx.query('delete from oidc_record where expires_at < $1', [clock.now() - minutes(1)]));

class PostgresAdapter implements Adapter {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly model: string,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const expiresAt = expiresIn ? this.clock.now() + seconds(expiresIn) : null;
    await this.run(
      `insert into oidc_record (model, id, payload, grant_id, uid, user_code, expires_at) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (model, id) do update set payload = $3, grant_id = $4, uid = $5, user_code = $6, expires_at = $7`,
      [id, JSON.stringify(payload), payload.grantId ?? null, payload.uid ?? null, payload.userCode ?? null, expiresAt],
    );
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return this.one('id', id);
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.one('uid', uid);
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.one('user_code', userCode);
  }

  /** A code can be used once, also when two ask at the same moment. */
  async consume(id: string): Promise<void> {
    const rows = await this.run(
      'update oidc_record set consumed_at = $3 where model = $1 and id = $2 and consumed_at is null returning id',
      [id, this.clock.now()],
    );
    if (rows.length === 0) throw new InvalidGrant('already consumed');
  }

  async destroy(id: string): Promise<void> {
    await this.run('delete from oidc_record where model = $1 and id = $2', [id]);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.run('delete from oidc_record where model = $1 and grant_id = $2', [grantId]);
  }

  private async one(column: 'id' | 'uid' | 'user_code', value: string): Promise<AdapterPayload | undefined> {
    const [row] = await this.run<Row>(
      `select payload, consumed_at from oidc_record where model = $1 and ${column} = $2 and (expires_at is null or expires_at > $3)`,
      [value, this.clock.now()],
    );
    if (!row) return undefined;
    return row.consumed_at === null ? row.payload : { ...row.payload, consumed: Math.floor(row.consumed_at / 1000) };
  }

  private run<T extends Record<string, unknown>>(sql: string, parameters: readonly unknown[]): Promise<T[]> {
    return this.store.transact((tx) => tx.query<T>(sql, [this.model, ...parameters]));
  }
}
