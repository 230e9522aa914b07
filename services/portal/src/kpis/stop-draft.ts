import type { Answer } from '../api/request';
import { fromZonedInput, toZonedInput } from '../time/zoned-input';

/** A stop of the list. */
export type Stop = Answer<'listStops'>['data'][number];

/** Why a spreader stood still. */
export const stopCauses = ['equipment', 'operator', 'container', 'crane', 'power', 'planned'] as const;

/** How a stop ended. */
export const stopEndings = ['repair', 'reset', 'spreader_change', 'none'] as const;

/** Parts of the time a repair takes, in the order they happen. */
export const repairParts = ['response', 'diagnosis', 'parts', 'repair', 'test'] as const;

/** What the fields of a stop hold; times on the wall clock of a zone, parts of the repair in minutes. */
export interface StopDraft {
  readonly from: string;
  readonly to: string;
  readonly cause: (typeof stopCauses)[number];
  readonly ending: (typeof stopEndings)[number];
  readonly rootCause: string;
  readonly parts: Readonly<Record<(typeof repairParts)[number], string>>;
  readonly note: string;
}

const noParts = { response: '', diagnosis: '', parts: '', repair: '', test: '' };

/** The fields for a stop that nobody has told of: the last hour, ended by a repair. */
export const blankStop = (now: number, zone: string): StopDraft => ({
  from: toZonedInput(now - 3_600_000, zone),
  to: toZonedInput(now, zone),
  cause: 'equipment',
  ending: 'repair',
  rootCause: '',
  parts: noParts,
  note: '',
});

/** The fields as a stop of the list fills them; the data do not know how a stop ended: a repair is offered. */
export const stopDraftOf = (stop: Stop, zone: string): StopDraft => ({
  from: toZonedInput(Date.parse(stop.from), zone),
  to: stop.to === null ? '' : toZonedInput(Date.parse(stop.to), zone),
  cause: stop.cause,
  ending: stop.confirmed ? stop.ending : 'repair',
  rootCause: stop.root_cause,
  parts: stop.times
    ? {
        response: String(stop.times.response),
        diagnosis: String(stop.times.diagnosis),
        parts: String(stop.times.parts),
        repair: String(stop.times.repair),
        test: String(stop.times.test),
      }
    : noParts,
  note: stop.note ?? '',
});

/**
 * What the fields say, as the API takes it; null when they do not say when the stop began. A time that was not touched
 * stays what it was in `stop`, to the millisecond. Parts of the repair left empty are 0; all empty: not known.
 */
export function stopBodyOf(draft: StopDraft, zone: string, stop?: Stop) {
  const time = (text: string, was: string | null | undefined): string | null => {
    if (was && toZonedInput(Date.parse(was), zone) === text) return was;
    const at = fromZonedInput(text, zone);
    return at === undefined ? null : new Date(at).toISOString();
  };
  const from = time(draft.from, stop?.from);
  if (from === null) return null;
  const note = draft.note.trim();
  const known = repairParts.some((part) => draft.parts[part].trim() !== '');
  return {
    from,
    to: time(draft.to, stop?.to),
    cause: draft.cause,
    ending: draft.ending,
    root_cause: draft.rootCause.trim(),
    times: known ? Object.fromEntries(repairParts.map((part) => [part, Number(draft.parts[part])])) : null,
    ...(note ? { note } : {}),
  };
}
