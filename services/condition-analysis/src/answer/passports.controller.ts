import { Controller, Inject } from '@nestjs/common';
import type { Principal } from '@quaywatch/contracts';
import {
  componentOf,
  fitComponent,
  removeComponent,
  useOf,
  type ComponentFact,
  type StayUse,
  type TwistlockMove,
} from '@quaywatch/domain/condition';
import { accept, toIso, type Decision } from '@quaywatch/kernel';
import type { Clock, Queryable, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  readCursor,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { bookStreams } from '../react/project-book';
import { BookCommands, factsOf, type Said } from './book-commands';
import { pageOfSorted } from './page-of-sorted';
import { readSettingsNow } from '../catalogue/read-catalogue';
import { oneVisible, visibleFleet, type FleetRow } from './visible-fleet';

interface StayRow extends Record<string, unknown> {
  serial: string;
  spreader: string;
  position: string;
  from_at: number;
  to_at: number | null;
  cycles_before: number;
  removed_because: string | null;
  scrapped: boolean;
}

type Passport = ApiAnswer<'getPassport'>;

/** Twistlock passports: components with serial numbers across spreaders. */
@Controller()
export class PassportsController {
  private readonly commands: BookCommands;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) clock: Clock,
    @Inject(AUDIT) audit: AuditTrail,
  ) {
    this.commands = new BookCommands(store, clock, audit);
  }

  @Api('listPassports')
  async list(@Call() { principal, query }: ApiCall<'listPassports'>): Promise<ApiAnswer<'listPassports'>> {
    const after = readCursor(query.cursor, ['string']);
    return this.store.readAs(principal.org, async (q) => {
      const lives = await readLives(q, principal, null);
      const shown = [...lives].filter(([, { stays, fleet }]) => {
        const last = stays.at(-1);
        return (
          query.spreader === undefined ||
          (last?.to_at === null && [last.spreader, fleet.get(last.spreader)?.number].includes(query.spreader))
        );
      });
      const { rows: items, ...page } = pageOfSorted(shown, ([serial]) => [serial], query.limit, after);
      const data = [];
      for (const [serial, life] of items) {
        const { history: _history, ...passport } = await passportOf(
          q,
          principal.org,
          this.commands.now(),
          serial,
          life,
        );
        data.push(passport);
      }
      return { data, ...page };
    });
  }

  @Api('getPassport')
  async get(@Call() { principal, params }: ApiCall<'getPassport'>): Promise<Passport> {
    const serial = params.id ?? '';
    return this.store.readAs(principal.org, async (q) => {
      const life = (await readLives(q, principal, serial)).get(serial);
      if (!life) throw new Refused('not_found', 'There is no such component.');
      return passportOf(q, principal.org, this.commands.now(), serial, life);
    });
  }

  @Api('fitComponent')
  async fit(@Call() call: ApiCall<'fitComponent'>): Promise<ApiAnswer<'fitComponent'>> {
    const { principal, params, body } = call;
    const { org } = principal;
    const { spreader } = await this.store.readAs(org, (q) => oneVisible(q, principal, 'alarms.write', params.id));
    const now = this.commands.now();
    const { kind, serial, position, cycles_before: cyclesBefore = 0, note = null } = body;
    const at = body.at === undefined ? now : Date.parse(body.at);
    await this.commands.change(call, 'component.fit', { kind: 'component', id: serial }, async (tx) => {
      const component = componentOf(await factsOf(tx, bookStreams.component(org, serial), org));
      const held = await tx.query<{ serial: string }>(
        'select serial from component_stay where org = $1 and spreader = $2 and position = $3 and to_at is null',
        [org, spreader, position],
      );
      // The view may lag: the facts say whether that component is still there.
      const holders = await Promise.all(
        held.map(async (row) => ({
          serial: row.serial,
          component: componentOf(await factsOf(tx, bookStreams.component(org, row.serial), org)),
        })),
      );
      const holder = holders.find((one) => one.serial !== serial && one.component.stays.at(-1)?.to === null) ?? null;
      const command = { kind, serial, spreader, position, at, by: principal.id, cyclesBefore, note };
      return said(org, fitComponent(component, holder, command, now));
    });
    return { id: serial };
  }

  @Api('removeComponent')
  async remove(@Call() call: ApiCall<'removeComponent'>): Promise<ApiAnswer<'removeComponent'>> {
    const { principal, params, body } = call;
    const { org } = principal;
    const serial = params.serial ?? '';
    const { spreader } = await this.store.readAs(org, (q) => oneVisible(q, principal, 'alarms.write', params.id));
    const now = this.commands.now();
    const at = body.at === undefined ? now : Date.parse(body.at);
    await this.commands.change(call, 'component.remove', { kind: 'component', id: serial }, async (tx) => {
      const component = componentOf(await factsOf(tx, bookStreams.component(org, serial), org));
      const command = { serial, spreader, at, by: principal.id, reason: body.reason, scrapped: body.scrapped };
      return said(org, removeComponent(component, command, now));
    });
    return { id: serial };
  }
}

/** Keyed by the component, not by the spreader: what happens to one component must stay in order wherever it hangs. */
const said = (org: string, decision: Decision<ComponentFact[]>): Decision<Said[]> =>
  decision.ok
    ? accept(
        decision.value.map((fact) => {
          const stream = bookStreams.component(org, fact.data.serial);
          return { stream, key: stream, fact };
        }),
      )
    : decision;

interface Life {
  readonly stays: StayRow[];
  readonly fleet: ReadonlyMap<string, FleetRow>;
}

/** Components one may see: those whose last spreader one may see; of earlier places only those too. */
async function readLives(q: Queryable, principal: Principal, serial: string | null): Promise<Map<string, Life>> {
  const fleet = new Map((await visibleFleet(q, principal, 'fleet.read')).map((row) => [row.spreader, row]));
  const rows = await q.query<StayRow>(
    'select * from component_stay where ($1::text is null or serial = $1) order by serial, n',
    [serial],
  );
  const all = new Map<string, Life>();
  for (const row of rows) {
    const life = all.get(row.serial) ?? { stays: [], fleet };
    life.stays.push(row);
    all.set(row.serial, life);
  }
  return new Map([...all].filter(([, { stays }]) => fleet.has(stays.at(-1)?.spreader ?? '')));
}

async function passportOf(
  q: Queryable,
  org: string,
  now: number,
  serial: string,
  { stays, fleet }: Life,
): Promise<Passport> {
  const spreaders = [...new Set(stays.map(({ spreader }) => spreader))];
  const settings = await readSettingsNow(q, org, spreaders, now);
  const total = { cycles: stays[0]?.cycles_before ?? 0, lifts: 0, weighed: 0, damage: 0 };
  const history: Passport['history'] = [];
  for (const stay of stays) {
    const row = fleet.get(stay.spreader);
    const use = await useIn(q, stay, settings(stay.spreader).signs.swl);
    total.cycles += use.cycles;
    total.lifts += use.lifts;
    total.weighed += use.weighed;
    total.damage += use.damage;
    if (!row) continue;
    history.push({
      spreader_id: stay.spreader,
      spreader_number: row.number,
      position: stay.position,
      from: toIso(stay.from_at),
      to: stay.to_at === null ? null : toIso(stay.to_at),
      cycles: use.cycles,
      damage: Number(use.damage.toPrecision(6)),
      removed_because: stay.removed_because,
    });
  }
  const last = stays.at(-1) as StayRow;
  const here = last.to_at === null;
  return {
    serial,
    kind: 'twistlock',
    spreader_id: here ? last.spreader : null,
    spreader_number: here ? (fleet.get(last.spreader)?.number ?? null) : null,
    position: here ? last.position : null,
    scrapped: last.scrapped,
    ...total,
    damage: Number(total.damage.toPrecision(6)),
    history,
  };
}

/** Use while it was there: moves are counted where their lock falls, so late ones are counted right. */
async function useIn(q: Queryable, stay: StayRow, rated: number): Promise<StayUse> {
  const moves = await q.query<TwistlockMove & Record<string, unknown>>(
    `select locked_at as "lockedAt", result = 'completed' as lifted, class = 'twin2x20' as twin, load from move
     where spreader = $1 and locked_at >= $2 and ($3::float8 is null or locked_at < $3) and ended_at >= $2 order by ended_at, move`,
    [stay.spreader, stay.from_at, stay.to_at],
  );
  return useOf(stay.position, moves, rated);
}
