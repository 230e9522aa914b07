import type { DataOf, events } from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';

/** A program of a partner, as its facts tell it. */
export type ApiClient = 'unknown' | 'active' | 'revoked';

/** What can be asked of a program. */
export type ClientCommand =
  | ({ readonly kind: 'register' } & DataOf<typeof events.clientRegistered>)
  | { readonly kind: 'revoke'; readonly client: string; readonly by: string };

/** A fact about a program. */
export type ClientFact =
  | { readonly type: 'client-registered'; readonly data: DataOf<typeof events.clientRegistered> }
  | { readonly type: 'client-revoked'; readonly data: DataOf<typeof events.clientRevoked> };

/** Decides a command on a program: the facts it makes (none = nothing to change), or why it is refused. */
export function decideClient(client: ApiClient, command: ClientCommand): Decision<ClientFact[]> {
  if (command.kind === 'register') {
    if (client !== 'unknown') return refuse('conflict', 'There is such a program already.');
    const { kind: _kind, ...data } = command;
    return accept([{ type: 'client-registered', data }]);
  }
  if (client === 'unknown') return refuse('not_found', 'There is no such program.');
  if (client === 'revoked') return accept([]);
  return accept([{ type: 'client-revoked', data: { client: command.client, by: command.by } }]);
}

/** The program after a fact; facts of other types leave it as it is. */
export function evolveClient(client: ApiClient, fact: { readonly type: string }): ApiClient {
  if (fact.type === 'client-registered') return 'active';
  return fact.type === 'client-revoked' ? 'revoked' : client;
}
