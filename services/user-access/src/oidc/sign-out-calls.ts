import { makeId, minutes, seconds, describeError } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import type { Provider } from 'oidc-provider';

/** Most tries; the last is about half an hour after the first. */
const mostAttempts = 8;

/**
 * Notes, with the end of sessions of the provider, which programs have to be told (OpenID Connect Back-Channel Logout):
 * those that got tokens in them and have an address for it. `uid`: only that session.
 */
export async function noteSignOut(tx: Queryable, clock: Clock, user: string, uid?: string): Promise<void> {
  const rows = await tx.query<{ client: string; sid: string }>(
    `select c.client, a.value->>'sid' as sid
     from oidc_record r, jsonb_each(coalesce(r.payload->'authorizations', '{}'::jsonb)) a
     join api_client c on c.client = a.key and c.logout_uri is not null and c.revoked_at is null
     where r.model = 'Session' and r.payload->>'accountId' = $1 and ($2::text is null or r.uid = $2)
     and a.value->>'sid' is not null`,
    [user, uid ?? null],
  );
  for (const { client, sid } of rows)
    await tx.query('insert into logout_call (id, client, user_id, sid, next_at) values ($1, $2, $3, $4, $5)', [
      makeId('event', clock.now(), clock.random(16)),
      client,
      user,
      sid,
      clock.now(),
    ]);
}

interface CallRow extends Record<string, unknown> {
  id: string;
  client: string;
  user_id: string;
  sid: string;
  attempts: number;
}

/** Tells programs who has signed out; what does not get through is tried again, later and later. The number told. */
export async function sendSignOuts(
  store: ViewStore,
  clock: Clock,
  logger: Logger,
  provider: Provider,
): Promise<number> {
  // Taken for a while, so that two instances do not tell the same.
  const rows = await store.transact((tx) =>
    tx.query<CallRow>(
      `update logout_call set attempts = attempts + 1, next_at = $2 where id in
         (select id from logout_call where next_at <= $1 order by next_at limit 50 for update skip locked) returning *`,
      [clock.now(), clock.now() + minutes(1)],
    ),
  );
  let told = 0;
  for (const { id, client: clientId, user_id: user, sid, attempts } of rows) {
    const next = clock.now() + seconds(15) * 2 ** attempts;
    try {
      const client = await provider.Client.find(clientId);
      if (client?.backchannelLogoutUri)
        await (client as unknown as { backchannelLogout(sub: string, sid: string): Promise<void> }).backchannelLogout(
          user,
          sid,
        );
      await store.transact((tx) => tx.query('delete from logout_call where id = $1', [id]));
      told++;
    } catch (error) {
      const last = attempts >= mostAttempts;
      logger.warn(
        { client: clientId, attempts, last, reason: describeError(error) },
        'a program was not told of a sign-out',
      );
      await store.transact((tx) =>
        last
          ? tx.query('delete from logout_call where id = $1', [id])
          : tx.query('update logout_call set next_at = $2 where id = $1', [id, next]),
      );
    }
  }
  return told;
}
