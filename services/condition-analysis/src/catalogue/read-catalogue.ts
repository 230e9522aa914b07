import {
  conditionDefaults,
  EditedSettings,
  valuesAt,
  type ConditionSettings,
  type SettingPeriod,
  type SettingPlace,
  type SettingScope,
  type SettingValue,
} from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';

/** A period with the edit that made it. */
export interface EditedPeriod extends SettingPeriod {
  readonly edit: string;
  readonly by: string;
}

interface Row extends Record<string, unknown> {
  org: string;
  scope: SettingScope;
  of: string;
  setting: string;
  value: SettingValue;
  from_at: number;
  to_at: number | null;
  edit: string;
  by: string;
}

/** The settings as edited; combinations are made once for all spreaders that share them. */
export const editedSettings = new EditedSettings(conditionDefaults);

/** What is and was set in these organisations, by organisation. */
export async function readPeriods(
  q: Queryable,
  orgs: readonly string[],
): Promise<ReadonlyMap<string, readonly EditedPeriod[]>> {
  const rows = await q.query<Row>(
    `select org, scope, of, setting, value, from_at, to_at, edit, by from setting_period where org = any($1)
     order by scope, of, setting, from_at`,
    [orgs],
  );
  const byOrg = new Map<string, EditedPeriod[]>();
  for (const { org, of, from_at: from, to_at: to, ...rest } of rows) {
    let list = byOrg.get(org);
    if (!list) byOrg.set(org, (list = []));
    list.push({ ...rest, of: of === '' ? null : of, from, to });
  }
  return byOrg;
}

/** Where spreaders stand in the catalogue, by spreader; one that the fleet does not know is not there. */
export async function readPlaces(
  q: Queryable,
  spreaders: readonly string[],
): Promise<ReadonlyMap<string, SettingPlace>> {
  const rows = await q.query<{ spreader: string; type: string; model: string; terminal: string }>(
    'select spreader, type, model, terminal from fleet_spreader where spreader = any($1)',
    [spreaders],
  );
  return new Map(rows.map((row) => [row.spreader, row]));
}

/** Finds the settings that hold for a spreader's data of a time, ms. */
export type SettingsAt = (org: string, spreader: string, at: number) => ConditionSettings;

/** Reads what is needed for data of these spreaders. */
export async function readSettingsAt(
  q: Queryable,
  orgs: readonly string[],
  spreaders: readonly string[],
): Promise<SettingsAt> {
  const periods = await readPeriods(q, orgs);
  const places = await readPlaces(q, spreaders);
  const known = new Map<string, { from: number; to: number; settings: ConditionSettings }>();
  return (org, spreader, at) => {
    const last = known.get(spreader);
    if (last && at >= last.from && at < last.to) return last.settings;
    const place = places.get(spreader);
    if (!place) return conditionDefaults;
    const own = periods.get(org) ?? [];
    const settings = editedSettings.with(valuesAt(own, place, at));
    const edges = own.flatMap(({ from, to }) => (to === null ? [from] : [from, to]));
    known.set(spreader, {
      from: Math.max(-Infinity, ...edges.filter((edge) => edge <= at)),
      to: Math.min(Infinity, ...edges.filter((edge) => edge > at)),
      settings,
    });
    return settings;
  };
}

/** The settings that hold for spreaders now. */
export async function readSettingsNow(
  q: Queryable,
  org: string,
  spreaders: readonly string[],
  now: number,
): Promise<(spreader: string) => ConditionSettings> {
  const settingsAt = await readSettingsAt(q, [org], spreaders);
  return (spreader) => settingsAt(org, spreader, now);
}
