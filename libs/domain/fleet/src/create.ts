import { accept, refuse, type Decision } from '@quaywatch/kernel';
import type { DataOf, events } from '@quaywatch/contracts';
import type { FleetFact } from './facts';

/** What a decision about a new terminal needs to know. */
export interface TerminalCircumstances {
  /** Another terminal of the organisation has this name. */
  readonly nameTaken: boolean;
  /** The time zone is in the IANA database (asked at the border, by `Intl`). */
  readonly zoneKnown: boolean;
}

/** A new terminal. Refused: name taken (`conflict`), unknown time zone (`invalid`). */
export function createTerminal(
  known: TerminalCircumstances,
  terminal: DataOf<typeof events.terminalCreated>,
): Decision<FleetFact[]> {
  if (!known.zoneKnown)
    return refuse(
      'invalid',
      `There is no time zone called ${terminal.timeZone}; use an IANA name like Europe/Stockholm.`,
    );
  if (terminal.name.trim() === '') return refuse('invalid', 'A terminal needs a name.');
  if (known.nameTaken) return refuse('conflict', `There is a terminal called ${terminal.name} already.`);
  return accept([{ type: 'terminal-created', data: terminal }]);
}

/** What a decision about a new crane needs to know. */
export interface CraneCircumstances {
  readonly terminalKnown: boolean;
  /** Another crane of the organisation has this number. */
  readonly numberTaken: boolean;
}

/** A new crane. Refused: unknown terminal (`not_found`), number taken (`conflict`). */
export function createCrane(
  known: CraneCircumstances,
  crane: DataOf<typeof events.craneCreated>,
): Decision<FleetFact[]> {
  if (!known.terminalKnown) return refuse('not_found', 'There is no such terminal.');
  if (crane.number.trim() === '') return refuse('invalid', 'A crane needs a number.');
  if (known.numberTaken) return refuse('conflict', `There is a crane ${crane.number} already.`);
  return accept([{ type: 'crane-created', data: crane }]);
}

/** What a decision about a new spreader needs to know. */
export interface SpreaderCircumstances extends CraneCircumstances {
  /** Another spreader of the organisation has this serial number of its maker. */
  readonly serialTaken: boolean;
}

/** A new spreader. Refused: unknown terminal (`not_found`), number or serial number taken (`conflict`). */
export function createSpreader(
  known: SpreaderCircumstances,
  spreader: DataOf<typeof events.spreaderCreated>,
): Decision<FleetFact[]> {
  if (!known.terminalKnown) return refuse('not_found', 'There is no such terminal.');
  if (spreader.number.trim() === '') return refuse('invalid', 'A spreader needs a number.');
  if (spreader.serial.trim() === '') return refuse('invalid', 'A spreader needs its serial number.');
  if (known.numberTaken) return refuse('conflict', `There is a spreader ${spreader.number} already.`);
  if (known.serialTaken)
    return refuse('conflict', `There is a spreader with serial number ${spreader.serial} already.`);
  return accept([{ type: 'spreader-created', data: spreader }]);
}
