import { accept, minutes, refuse, type Decision, type Instant } from '@quaywatch/kernel';
import type { EventEnvelope } from '@quaywatch/contracts';
import type { FleetFact } from './facts';
import { moveTo, type Placed, type Placement } from './timeline';

/** How far a time may lie ahead of our clock before it is a mistake. */
const clockLeeway = minutes(1);

/** A spreader or BTU in an organisation, as its facts tell it; org null = it does not exist. */
export interface Thing extends Placed {
  readonly org: string | null;
}

/** A spreader from the facts of its stream. */
export function spreaderOf(spreader: string, facts: readonly EventEnvelope[]): Thing {
  const history: Placement[] = [];
  for (const fact of facts as readonly (EventEnvelope & FleetFact)[]) {
    if (fact.type === 'spreader-assigned') history.push({ place: fact.data.crane, from: fact.data.from });
  }
  const created = facts.find((fact) => fact.type === 'spreader-created');
  return { thing: spreader, org: created?.org ?? null, history };
}

/** A BTU from the facts of its stream; it exists for fleet from its first binding on. */
export function btuOf(btu: string, facts: readonly EventEnvelope[]): Thing {
  const history: Placement[] = [];
  for (const fact of facts as readonly (EventEnvelope & FleetFact)[]) {
    if (fact.type === 'btu-bound') history.push({ place: fact.data.spreader, from: fact.data.from });
  }
  return { thing: btu, org: facts[0]?.org ?? null, history };
}

/** A request to place something from a time on, as the caller's organisation at `now`. */
export interface PlaceCommand {
  readonly org: string;
  readonly place: string | null;
  readonly from: Instant;
  readonly now: Instant;
}

/**
 * Hangs a spreader under a crane (null: takes it off) from `from` on; who hung there leaves. Nothing to record when it
 * is so already. `craneOrg` is the organisation of the crane, null when there is none of this id; `others` are all
 * spreaders that ever hung there. Refused: unknown spreader or crane (`not_found`), a time in the future (`invalid`).
 */
export function assignSpreader(
  spreader: Thing,
  craneOrg: string | null,
  others: readonly Placed[],
  command: PlaceCommand,
): Decision<FleetFact[]> {
  if (spreader.org !== command.org) return refuse('not_found', 'There is no such spreader.');
  if (command.place !== null && craneOrg !== command.org) return refuse('not_found', 'There is no such crane.');
  if (command.from > command.now + clockLeeway) return refuse('invalid', 'An assignment cannot begin in the future.');
  const moves = moveTo(spreader, command.place, command.from, others);
  return accept(
    moves.map(({ thing, place, from }) => ({
      type: 'spreader-assigned',
      data: { spreader: thing, crane: place, from },
    })),
  );
}

/**
 * Binds a BTU to a spreader from `from` on; the unit that was there is bound to none. Refused: unknown spreader
 * (`not_found`), a BTU of another organisation (`conflict`), a time in the future (`invalid`).
 */
export function bindBtu(
  btu: Thing,
  spreaderOrg: string | null,
  others: readonly Placed[],
  command: PlaceCommand,
): Decision<FleetFact[]> {
  if (command.place !== null && spreaderOrg !== command.org) return refuse('not_found', 'There is no such spreader.');
  if (btu.org !== null && btu.org !== command.org) return refuse('conflict', 'This unit belongs to somebody else.');
  if (command.from > command.now + clockLeeway) return refuse('invalid', 'A binding cannot begin in the future.');
  const moves = moveTo(btu, command.place, command.from, others);
  return accept(
    moves.map(({ thing, place, from }) => ({ type: 'btu-bound', data: { btu: thing, spreader: place, from } })),
  );
}
