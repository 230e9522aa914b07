import { Controller, Inject } from '@nestjs/common';
import { btuSerial, type Permission, type Principal } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import { fromIso } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { FleetCommands } from './fleet-commands';
import { listCranes, listTerminals } from './fleet-queries';

/** API: terminals, cranes, spreaders, and what hangs where. */
@Controller()
export class FleetController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(FleetCommands) private readonly commands: FleetCommands,
  ) {}

  @Api('listTerminals')
  async listTerminals(@Call() { principal, query }: ApiCall<'listTerminals'>): Promise<ApiAnswer<'listTerminals'>> {
    const { rows, ...page } = await listTerminals(this.store, {
      org: principal.org,
      terminals: seen(principal),
      ...paging(query),
    });
    const data = rows.map(({ terminal, name, time_zone, cranes, spreaders }) => ({
      id: terminal,
      name,
      time_zone,
      cranes,
      spreaders,
    }));
    return { data, ...page };
  }

  @Api('createTerminal')
  async createTerminal(
    @Call() { principal, address, body }: ApiCall<'createTerminal'>,
  ): Promise<ApiAnswer<'createTerminal'>> {
    if (visibleTerminals(principal, 'fleet.write') !== 'all') {
      await this.audit.write({
        org: principal.org,
        class: 'authorisation',
        actor: { kind: principal.kind, id: principal.id },
        action: 'createTerminal',
        target: { kind: 'route', id: '/v1/terminals' },
        outcome: 'refused',
        reason: 'needs fleet.write for the whole organisation',
        address,
      });
      throw new Refused('forbidden', 'Adding a terminal needs a role for the whole organisation.');
    }
    const data = { name: body.name.trim(), timeZone: body.time_zone, craneHourValue: body.crane_hour_value ?? null };
    return this.commands.createTerminal({ principal, address }, data);
  }

  @Api('listCranes')
  async listCranes(@Call() { principal, query }: ApiCall<'listCranes'>): Promise<ApiAnswer<'listCranes'>> {
    const visible = seen(principal);
    const terminals =
      query.terminal === undefined ? visible : [query.terminal].filter((id) => visible?.includes(id) ?? true);
    const { rows, ...page } = await listCranes(
      this.store,
      { org: principal.org, terminals, ...paging(query) },
      this.clock.now(),
    );
    const data = rows.map(({ crane, number, type, terminal, spreader }) => ({
      id: crane,
      number,
      type,
      terminal_id: terminal,
      spreader_id: spreader,
    }));
    return { data, ...page };
  }

  @Api('createCrane')
  async createCrane(@Call() { principal, address, body }: ApiCall<'createCrane'>): Promise<ApiAnswer<'createCrane'>> {
    if (!mayWrite(principal)(body.terminal_id)) throw new Refused('not_found', 'There is no such terminal.');
    return this.commands.createCrane(
      { principal, address },
      { number: body.number.trim(), terminal: body.terminal_id, type: body.type },
    );
  }

  @Api('createSpreader')
  async createSpreader(
    @Call() { principal, address, body }: ApiCall<'createSpreader'>,
  ): Promise<ApiAnswer<'createSpreader'>> {
    const { terminal_id: terminal, number, serial, model, type, drive } = body;
    if (!mayWrite(principal)(terminal)) throw new Refused('not_found', 'There is no such terminal.');
    const data = { number: number.trim(), serial: serial.trim(), model, type, drive, terminal };
    return this.commands.createSpreader({ principal, address }, data);
  }

  @Api('assignSpreader')
  async assignSpreader(
    @Call() { principal, address, params, body }: ApiCall<'assignSpreader'>,
  ): Promise<ApiAnswer<'assignSpreader'>> {
    return this.commands.assignSpreader(
      { principal, address },
      params.id ?? '',
      body.crane_id,
      instant(body.from),
      mayWrite(principal),
    );
  }

  @Api('bindBtu')
  async bindBtu(@Call() { principal, address, params, body }: ApiCall<'bindBtu'>): Promise<ApiAnswer<'bindBtu'>> {
    if (!btuSerial.safeParse(body.btu).success) {
      throw new Refused('invalid', 'Some fields are not valid.', [
        { pointer: '/btu', code: 'serial', detail: 'A serial has letters, digits and . _ - (64 at most).' },
      ]);
    }
    return this.commands.bindBtu(
      { principal, address },
      params.id ?? '',
      body.btu,
      instant(body.from),
      mayWrite(principal),
    );
  }
}

const instant = (text: string | undefined): number | undefined => (text === undefined ? undefined : fromIso(text));

const paging = ({
  limit,
  cursor,
}: {
  limit: number;
  cursor?: string | undefined;
}): { limit: number; cursor: string | undefined } => ({ limit, cursor });

const scope = (principal: Principal, permission: Permission): string[] | null => {
  const terminals = visibleTerminals(principal, permission);
  return terminals === 'all' ? null : terminals;
};

const seen = (principal: Principal): string[] | null => scope(principal, 'fleet.read');

/** Which terminals' things the caller may change; a thing that does not exist passes and is refused by the decision. */
function mayWrite(principal: Principal): (terminal: string | null) => boolean {
  const terminals = scope(principal, 'fleet.write');
  return (terminal) => terminals === null || terminal === null || terminals.includes(terminal);
}
