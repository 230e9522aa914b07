import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { terminalsQuery } from '../api/queries';
import { Choose } from '../parts/choose';
import { TextField } from '../change/fields';
import { ownRolesQuery, type Grant } from './queries';
import { useRoleWords } from './use-role-words';

/** The roles that every organisation has, in the order in which they are offered. */
export const builtInRoles = [
  'viewer',
  'planner',
  'engineer',
  'fleet_manager',
  'security_officer',
  'administrator',
  'partner',
  'operator',
] as const;

/** What the fields of a role hold. */
export interface RoleChoice {
  readonly role: string;
  /** null = the whole organisation. */
  readonly terminals: readonly string[] | null;
  /** As the browser's field has it, in local time; empty = for good. */
  readonly until: string;
}

export const noChoice: RoleChoice = { role: 'viewer', terminals: null, until: '' };

/** The grant that the fields say; undefined while no terminal is chosen. */
export function grantOf({ role, terminals, until }: RoleChoice): Grant | undefined {
  if (terminals?.length === 0) return undefined;
  return {
    role: role as Grant['role'],
    scope: terminals === null ? 'organisation' : { terminals: [...terminals] },
    ...(until === '' ? {} : { until: new Date(until).toISOString() }),
  };
}

/** Fields for a role: which, where, and (with `limit`) until when. */
export function RoleFields(props: {
  readonly value: RoleChoice;
  readonly onChange: (value: RoleChoice) => void;
  readonly limit?: boolean;
}) {
  const { t } = useTranslation();
  const words = useRoleWords();
  const { data: terminals = [] } = useQuery(terminalsQuery);
  const { data: own = [] } = useQuery(ownRolesQuery);
  const { value, onChange } = props;
  return (
    <>
      <Choose
        label={t('roleForm.role')}
        value={value.role}
        onChange={(role) => onChange({ ...value, role })}
        options={[...builtInRoles, ...own.map(({ id }) => id)].map((role) => ({
          value: role,
          label: words.name(role),
        }))}
      />
      <fieldset>
        <legend>{t('roleForm.where')}</legend>
        <label className="check">
          <input
            type="radio"
            checked={value.terminals === null}
            onChange={() => onChange({ ...value, terminals: null })}
          />
          {t('roleForm.organisation')}
        </label>
        {terminals.length > 0 && (
          <label className="check">
            <input
              type="radio"
              checked={value.terminals !== null}
              onChange={() => onChange({ ...value, terminals: [] })}
            />
            {t('roleForm.terminals')}
          </label>
        )}
        {value.terminals !== null &&
          terminals.map(({ id, name }) => (
            <label key={id} className="check">
              <input
                type="checkbox"
                checked={value.terminals?.includes(id) ?? false}
                onChange={(event) => {
                  const others = (value.terminals ?? []).filter((one) => one !== id);
                  onChange({ ...value, terminals: event.currentTarget.checked ? [...others, id] : others });
                }}
              />
              {name}
            </label>
          ))}
      </fieldset>
      {props.limit && (
        <TextField
          label={t('roleForm.until')}
          type="datetime-local"
          required={false}
          value={value.until}
          onChange={(until) => onChange({ ...value, until })}
        />
      )}
    </>
  );
}
