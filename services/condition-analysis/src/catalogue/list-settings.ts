import type { Principal } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import {
  conditionDefaults,
  settingEntries,
  settingValue,
  valuesAt,
  type OriginValue,
  type SettingEntry,
  type SettingValue,
} from '@quaywatch/domain/condition';
import { toIso } from '@quaywatch/kernel';
import type { Queryable } from '@quaywatch/ports';
import { readCursor, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { pageOfSorted } from '../answer/page-of-sorted';
import { visibleFleet } from '../answer/visible-fleet';
import { editedSettings, readPeriods, type EditedPeriod } from './read-catalogue';
import type { Somewhere } from './setting-place';

type Setting = ApiAnswer<'listSettings'>['data'][number];

/** Settings as they hold at a place, in the order of the catalogue, with where each comes from. */
export async function listSettings(
  q: Queryable,
  org: string,
  where: Somewhere,
  query: ApiCall<'listSettings'>['query'],
  now: number,
): Promise<ApiAnswer<'listSettings'>> {
  const after = readCursor(query.cursor, ['number']);
  const periods = (await readPeriods(q, [org])).get(org) ?? [];
  const values = valuesAt(periods, where.place, now);
  const find = query.find?.trim().toLowerCase();
  const entries = [...settingEntries(conditionDefaults).values()].filter(
    ({ id, words, group }) =>
      (query.group === undefined || group === query.group) &&
      (!find || id.toLowerCase().includes(find) || words.toLowerCase().includes(find)) &&
      (query.changed === 'false' || (values.get(id)?.period ?? null) !== null),
  );
  const place = new Map(entries.map(({ id }, i) => [id, i] as const));
  const { rows: items, ...page } = pageOfSorted(entries, ({ id }) => [place.get(id) ?? 0], query.limit, after);
  return { data: items.map((entry) => settingOf(entry, values.get(entry.id))), ...page };
}

const shown = (value: SettingValue): Setting['value'] => (typeof value === 'object' ? [...value] : value);

function settingOf(entry: SettingEntry, set: OriginValue<EditedPeriod> | undefined): Setting {
  const { id, group, words, unit, kind, low, high, choices } = entry;
  const standard = settingValue(conditionDefaults, entry);
  return {
    id,
    group,
    words,
    unit,
    kind,
    value: shown(set?.value ?? standard),
    default: shown(standard),
    origin: set?.origin ?? 'default',
    low,
    high,
    choices: choices === null ? null : [...choices],
    edit_id: set?.period?.edit ?? null,
    changed_at: set?.period ? toIso(set.period.from) : null,
    changed_by: set?.period?.by ?? null,
  };
}

/** Types and models of the fleet as one may see it. */
export async function listModels(q: Queryable, principal: Principal, now: number): Promise<ApiAnswer<'listModels'>> {
  const fleet = await visibleFleet(q, principal, 'findings.read');
  const periods = (await readPeriods(q, [principal.org])).get(principal.org) ?? [];
  const set = (scope: string, of: string): number =>
    periods.filter((period) => period.scope === scope && period.of === of && period.to === null).length;
  const models = new Map<string, { model: string; type: string; spreaders: number }>();
  for (const { model, type } of fleet) {
    const key = JSON.stringify([model, type]);
    const here = models.get(key) ?? { model, type, spreaders: 0 };
    models.set(key, { ...here, spreaders: here.spreaders + 1 });
  }
  // Written about before the first spreader of it came: only to those who see all models.
  if (visibleTerminals(principal, 'findings.read') === 'all')
    for (const { scope, of, to } of periods) {
      const known = [...models.values()].some(({ model }) => model === of);
      if (scope === 'model' && of !== null && to === null && !known)
        models.set(JSON.stringify([of]), { model: of, type: '', spreaders: 0 });
    }
  return {
    data: [...models.values()]
      .sort((a, b) => (a.model < b.model ? -1 : a.model > b.model ? 1 : a.type < b.type ? -1 : 1))
      .map(({ model, type, spreaders }) => {
        const values = valuesAt(periods, { model, type, terminal: '', spreader: '' }, now);
        return {
          model,
          type,
          spreaders,
          rated_load: editedSettings.with(values).signs.swl,
          own_settings: set('model', model),
          type_settings: set('type', type),
        };
      }),
  };
}
