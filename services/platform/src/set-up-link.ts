import { Fault, makeId } from '@quaywatch/kernel';
import { platformPrincipal } from './internal-client';
import { defaultOrganisation } from './organisation';
import type { RunningPlatform } from './start';

/** A fresh one-time link for the first administrator, or null when there is one already. */
export async function firstAdministratorLink(
  { peers, adapters }: RunningPlatform,
  org = defaultOrganisation,
): Promise<string | null> {
  const { clock } = adapters;
  const requestId = makeId('request', clock.now(), clock.random(10));
  const response = await fetch(`${peers.urlOf('user-access')}/internal/set-up-link`, {
    method: 'POST',
    headers: {
      ...(await peers.headersFor(platformPrincipal(org), { requestId, address: null })),
      'content-type': 'application/json',
    },
    body: JSON.stringify({ org }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Fault('CALL_FAILED', `set-up link: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { link: string | null }).link;
}
