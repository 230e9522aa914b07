import {
  applySettings,
  conditionDefaults,
  settingEntries,
  settingsProblem,
  valueProblem,
  valuesAt,
  type ConditionSettings,
  type SettingValue,
} from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';
import { Refused } from '@quaywatch/runtime';
import { readPeriods, type EditedPeriod } from './read-catalogue';
import type { Somewhere } from './setting-place';

/** A setting and what it is to be; null = not set here any more. */
export interface Change {
  readonly setting: string;
  readonly value: SettingValue | null;
}

/** Changes that fit, what was set there before, and the settings of the place with them. */
export interface CheckedChanges {
  readonly changes: readonly (Change & { readonly before: SettingValue | null })[];
  readonly settings: ConditionSettings;
  readonly periods: readonly EditedPeriod[];
}

/** What is set in exactly this place now. */
export const setHere = (
  periods: readonly EditedPeriod[],
  where: Somewhere,
  setting: string,
): EditedPeriod | undefined =>
  periods.find(
    (period) =>
      period.scope === where.scope && period.of === where.of && period.setting === setting && period.to === null,
  );

/** Refused as invalid: a setting that is not in the catalogue, twice the same, a value that will not do or does not fit the others. */
export async function checkChanges(
  q: Queryable,
  org: string,
  where: Somewhere,
  changes: readonly Change[],
  now: number,
): Promise<CheckedChanges> {
  const entries = settingEntries(conditionDefaults);
  const problems = changes.flatMap(({ setting, value }, i) => {
    const entry = entries.get(setting);
    const detail = !entry
      ? `There is no setting ${setting}.`
      : changes.findIndex((one) => one.setting === setting) !== i
        ? `${setting} is there twice.`
        : value === null
          ? null
          : valueProblem(entry, value);
    return detail === null ? [] : [{ pointer: `/body/changes/${i}`, code: 'setting', detail }];
  });
  if (problems.length > 0) throw new Refused('invalid', problems[0]?.detail ?? 'Not valid.', problems);
  const periods = (await readPeriods(q, [org])).get(org) ?? [];
  const touched = new Set(changes.map(({ setting }) => setting));
  const kept = periods.filter(
    (one) => !(touched.has(one.setting) && one.scope === where.scope && one.of === where.of && one.to === null),
  );
  const added = changes.flatMap(({ setting, value }) =>
    value === null ? [] : [{ scope: where.scope, of: where.of, setting, value, from: now, to: null, edit: '', by: '' }],
  );
  const proposed = [...kept, ...added];
  const settings = applySettings(
    conditionDefaults,
    new Map([...valuesAt(proposed, where.place, now)].map(([id, { value }]) => [id, value])),
  );
  const problem = settingsProblem(settings, touched);
  if (problem)
    throw new Refused('invalid', problem, [{ pointer: '/body/changes', code: 'does_not_fit', detail: problem }]);
  return {
    changes: changes.map((change) => ({ ...change, before: setHere(periods, where, change.setting)?.value ?? null })),
    settings,
    periods: proposed,
  };
}
