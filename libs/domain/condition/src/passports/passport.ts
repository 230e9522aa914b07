import type { DataOf, EventEnvelope, events } from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';

type Fitted = DataOf<typeof events.componentFitted>;
type Removed = DataOf<typeof events.componentRemoved>;

/** A fact about a component with a serial number. */
export type ComponentFact =
  | { readonly type: 'component-fitted'; readonly data: Fitted }
  | { readonly type: 'component-removed'; readonly data: Removed };

/** A time a component spent at one position of one spreader, ms; `to` null = it is there. */
export interface Stay {
  readonly spreader: string;
  readonly position: string;
  readonly from: number;
  readonly to: number | null;
  readonly removedBecause: string | null;
}

/** A component with its life so far. */
export interface Component {
  readonly org: string | null;
  readonly cyclesBefore: number;
  readonly scrapped: boolean;
  readonly stays: readonly Stay[];
}

/** A component from the facts of its stream. */
export function componentOf(facts: readonly EventEnvelope[]): Component {
  const stays: Stay[] = [];
  let cyclesBefore = 0;
  let scrapped = false;
  for (const fact of facts as readonly (EventEnvelope & ComponentFact)[]) {
    if (fact.type === 'component-fitted') {
      const { spreader, position, at } = fact.data;
      if (stays.length === 0) cyclesBefore = fact.data.cyclesBefore;
      stays.push({ spreader, position, from: at, to: null, removedBecause: null });
    } else if (fact.type === 'component-removed') {
      const last = stays.pop();
      if (last) stays.push({ ...last, to: fact.data.at, removedBecause: fact.data.reason });
      scrapped = fact.data.scrapped;
    }
  }
  return { org: facts[0]?.org ?? null, cyclesBefore, scrapped, stays };
}

/** Where the component is; undefined = in store. */
export const placeOf = ({ stays }: Component): Stay | undefined => {
  const last = stays.at(-1);
  return last?.to === null ? last : undefined;
};

/**
 * Fits a component to a position. `holder` is the component that is there now, with its serial: it is taken off.
 * Refused: it is fitted somewhere (`conflict`), scrapped (`conflict`), or the time lies before something recorded.
 */
export function fitComponent(
  component: Component,
  holder: { readonly serial: string; readonly component: Component } | null,
  command: Fitted,
  now: number,
): Decision<ComponentFact[]> {
  if (component.scrapped) return refuse('conflict', 'This component was scrapped.');
  if (placeOf(component)) return refuse('conflict', 'This component is fitted to a spreader: take it off there first.');
  if (command.at > now + 60_000) return refuse('invalid', 'A component cannot be fitted in the future.');
  const before = Math.max(component.stays.at(-1)?.to ?? 0, holder?.component.stays.at(-1)?.from ?? 0);
  if (command.at < before) return refuse('invalid', 'Something later is recorded already.');
  const fitted: ComponentFact = { type: 'component-fitted', data: command };
  if (!holder) return accept([fitted]);
  const { kind, spreader, position, at, by } = command;
  const reason = `Replaced by ${command.serial}`;
  return accept([
    {
      type: 'component-removed',
      data: { kind, serial: holder.serial, spreader, position, at, by, reason, scrapped: false },
    },
    fitted,
  ]);
}

/** Takes a component off a spreader. Refused: it is not there, or the time lies before its fitting. */
export function removeComponent(
  component: Component,
  command: Omit<Removed, 'position' | 'kind'>,
  now: number,
): Decision<ComponentFact[]> {
  const place = placeOf(component);
  if (!place || place.spreader !== command.spreader)
    return refuse('not_found', 'This component is not on the spreader.');
  if (command.at < place.from) return refuse('invalid', 'It was fitted later than that.');
  if (command.at > now + 60_000) return refuse('invalid', 'A component cannot be removed in the future.');
  return accept([{ type: 'component-removed', data: { ...command, kind: 'twistlock', position: place.position } }]);
}

/** Lock cycles and load history of a stay. */
export interface StayUse {
  readonly cycles: number;
  readonly lifts: number;
  readonly weighed: number;
  readonly damage: number;
}

/** What counts for a twistlock in a move: whether it was locked, and with which load. */
export interface TwistlockMove {
  readonly lockedAt: number | null;
  readonly lifted: boolean;
  readonly twin: boolean;
  readonly load: number | null;
}

/**
 * Use of a twistlock at a position during moves: every locking counts as a cycle, also an empty one; inner corners 5 to 8
 * take part in twin lifts only. Relative damage: sum of (load / rated load)³ over its lifts (domain.md §4.7).
 */
export function useOf(position: string, moves: Iterable<TwistlockMove>, ratedLoad: number): StayUse {
  const corner = Number(/\[(\d)\]/.exec(position)?.[1] ?? 0);
  let [cycles, lifts, weighed, damage] = [0, 0, 0, 0];
  for (const { lockedAt, lifted, twin, load } of moves) {
    if (lockedAt === null || (corner > 4 && !twin)) continue;
    cycles += 1;
    if (!lifted) continue;
    lifts += 1;
    if (load === null) continue;
    weighed += 1;
    damage += (load / ratedLoad) ** 3;
  }
  return { cycles, lifts, weighed, damage };
}
