import { Controller, Inject } from '@nestjs/common';
import type { CommandKind } from '@quaywatch/contracts';
import type { CommandState } from '@quaywatch/domain/telemetry';
import { minutes, toIso } from '@quaywatch/kernel';
import type { Queryable, ViewStore } from '@quaywatch/ports';
import { Api, Call, pageOfRows, readCursor, Refused, STORE, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { actorOf } from './actor-of';
import { maybeIso } from './device-state';
import { IdentityHost } from './identity-host';
import { needSeen } from './terminal-scope';

interface CommandRow extends Record<string, unknown> {
  id: string;
  btu: string;
  kind: CommandKind;
  parameters: Record<string, string | number | boolean>;
  state: CommandState;
  requested_at: number;
  requested_by: string;
  expires_at: number;
  sent_at: number | null;
  ended_at: number | null;
  detail: string | null;
  object: string | null;
}

/** API: what devices are asked for, and what became of it. */
@Controller()
export class CommandsController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(IdentityHost) private readonly identity: IdentityHost,
  ) {}

  @Api('sendCommand')
  async send(@Call() { principal, params, body, address }: ApiCall<'sendCommand'>): Promise<ApiAnswer<'sendCommand'>> {
    const btu = params.id ?? '';
    await needSeen(this.store, principal, 'devices.write', btu);
    const life = minutes(body.valid_minutes);
    const { desk } = this.identity.parts;
    const id = await desk.request(actorOf(principal, address), btu, body.kind, body.parameters, life);
    const [row] = await this.store.readAs(principal.org, (q) => rowsOf(q, 'id = $1', [id]));
    if (!row) throw new Refused('not_found', `There is no command ${id}.`);
    return shown(row);
  }

  @Api('listCommands')
  async list(@Call() { principal, params, query }: ApiCall<'listCommands'>): Promise<ApiAnswer<'listCommands'>> {
    const btu = params.id ?? '';
    await needSeen(this.store, principal, 'devices.read', btu);
    const [at = Number.MAX_SAFE_INTEGER, id = ''] = readCursor(query.cursor, ['number', 'string']) ?? [];
    const rows = await this.store.readAs(principal.org, (q) =>
      rowsOf(
        q,
        `btu = $1 and (requested_at < $2 or (requested_at = $2 and id > $3)) order by requested_at desc, id limit $4`,
        [btu, at, id, query.limit + 1],
      ),
    );
    const page = pageOfRows(rows, query.limit, (row) => [row.requested_at, row.id]);
    return { data: page.rows.map(shown), next_cursor: page.next_cursor, has_more: page.has_more };
  }
}

const rowsOf = (q: Queryable, where: string, parameters: readonly unknown[]): Promise<CommandRow[]> =>
  q.query<CommandRow>(`select * from command where ${where}`, parameters);

const shown = (row: CommandRow): ApiAnswer<'sendCommand'> => ({
  id: row.id,
  btu: row.btu,
  kind: row.kind,
  parameters: row.parameters,
  state: row.state,
  requested_at: toIso(row.requested_at),
  requested_by: row.requested_by,
  expires_at: toIso(row.expires_at),
  sent_at: maybeIso(row.sent_at),
  ended_at: maybeIso(row.ended_at),
  detail: row.detail,
  attachment: row.object,
});
