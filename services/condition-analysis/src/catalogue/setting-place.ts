import { spreaderTypes, type Permission, type Principal } from '@quaywatch/contracts';
import { can, visibleTerminals } from '@quaywatch/domain/access';
import type { SettingPlace, SettingScope } from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';
import { Refused } from '@quaywatch/runtime';
import { oneVisible } from '../answer/visible-fleet';

/** Somewhere in the catalogue that somebody may see or change. */
export interface Somewhere {
  readonly scope: SettingScope;
  /** Null = the whole organisation. */
  readonly of: string | null;
  readonly name: string | null;
  /** What is about it from further up; what is narrower is empty. */
  readonly place: SettingPlace;
}

const nowhere: SettingPlace = { type: '', model: '', terminal: '', spreader: '' };

/**
 * Finds a scope for somebody who holds `permission` there. The organisation, its types and models are seen by everybody
 * who may read at all; to change them needs the permission everywhere. Anything else is not found.
 */
export async function findPlace(
  q: Queryable,
  principal: Principal,
  permission: Permission,
  scope: SettingScope,
  of: string | null | undefined,
): Promise<Somewhere> {
  if (permission.endsWith('.write') && scope !== 'terminal' && scope !== 'spreader')
    if (visibleTerminals(principal, permission) !== 'all')
      throw new Refused('forbidden', 'This is for more than one terminal: it needs the permission everywhere.');
  if (scope === 'organisation') {
    if (of) throw new Refused('invalid', 'The organisation has no further name here.', [at('/of', 'not_allowed')]);
    return { scope, of: null, name: null, place: nowhere };
  }
  if (!of) throw new Refused('invalid', `Which ${scope}?`, [at('/of', 'required')]);
  if (scope === 'spreader') {
    const { spreader, number, type, model, terminal } = await oneVisible(q, principal, permission, of);
    return { scope, of: spreader, name: number, place: { type, model, terminal, spreader } };
  }
  if (scope === 'terminal') {
    const [row] = await q.query<{ terminal: string; name: string }>(
      'select terminal, name from terminal where terminal = $1',
      [of],
    );
    if (!row || !can(principal, permission, { org: principal.org, terminal: row.terminal }))
      throw new Refused('not_found', `There is no terminal ${of}.`);
    return { scope, of: row.terminal, name: row.name, place: { ...nowhere, terminal: row.terminal } };
  }
  // Types are those of the catalogue. A model may be written about before the first spreader of it comes.
  if (scope === 'type' && !(spreaderTypes as readonly string[]).includes(of))
    throw new Refused('not_found', `There is no type ${of}.`);
  const [row] = await q.query<{ type: string }>(
    'select type from fleet_spreader where model = $1 order by spreader limit 1',
    [scope === 'model' ? of : null],
  );
  return {
    scope,
    of,
    name: of,
    place: scope === 'type' ? { ...nowhere, type: of } : { ...nowhere, type: row?.type ?? '', model: of },
  };
}

const at = (pointer: string, code: string) => ({ pointer, code, detail: 'See the scope.' });
