import type { DataOf, EventEnvelope, events } from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';
import { same } from './apply-settings';

type Proposed = DataOf<typeof events.settingsProposed>;
type Decided = DataOf<typeof events.settingsDecided>;

/** A fact about an edit of the catalogue. */
export type SettingsFact =
  | { readonly type: 'settings-proposed'; readonly data: Proposed }
  | { readonly type: 'settings-decided'; readonly data: Decided };

/** An edit of the catalogue as its facts tell it. */
export interface SettingsEdit {
  readonly proposed: Proposed;
  readonly decided: Decided | null;
}

/** The edit from the facts of its stream; null when there are none. */
export function settingsEditOf(facts: readonly EventEnvelope[]): SettingsEdit | null {
  const told = facts as readonly (EventEnvelope & SettingsFact)[];
  const proposed = told.find((fact) => fact.type === 'settings-proposed')?.data as Proposed | undefined;
  const decided = told.find((fact) => fact.type === 'settings-decided')?.data as Decided | undefined;
  return proposed ? { proposed, decided: decided ?? null } : null;
}

/**
 * Edits the catalogue: proposed, and decided at once where one person is enough. Refused: nothing would change.
 */
export function proposeSettings(proposed: Proposed, fourEyes: boolean): Decision<SettingsFact[]> {
  const changes = proposed.changes.filter(({ before, value }) =>
    before === null || value === null ? before !== value : !same(before, value),
  );
  if (changes.length === 0) return refuse('conflict', 'Nothing would change.');
  const facts: SettingsFact[] = [{ type: 'settings-proposed', data: { ...proposed, changes } }];
  if (!fourEyes) {
    const { edit, by, at, reason } = proposed;
    facts.push({ type: 'settings-decided', data: { edit, outcome: 'approved', by, at, reason } });
  }
  return accept(facts);
}

/** Decides about an edit. Refused: there is none, it was decided, or its author would let it happen alone. */
export function decideSettings(edit: SettingsEdit | null, decided: Decided): Decision<SettingsFact[]> {
  if (!edit) return refuse('not_found', 'There is no such edit.');
  if (edit.decided) return refuse('conflict', 'This was decided already.');
  // Who proposed may take it back, but not let it happen.
  if (decided.outcome === 'approved' && edit.proposed.by === decided.by)
    return refuse('forbidden', 'Somebody else must let this happen.');
  return accept([{ type: 'settings-decided', data: decided }]);
}

/** What takes an edit back: each setting as it was set before. Refused: the edit is not in force. */
export function revertOf(edit: SettingsEdit | null): Decision<Proposed['changes']> {
  if (!edit) return refuse('not_found', 'There is no such edit.');
  if (edit.decided?.outcome !== 'approved') return refuse('conflict', 'This edit is not in force.');
  return accept(edit.proposed.changes.map(({ setting, before, value }) => ({ setting, before: value, value: before })));
}
