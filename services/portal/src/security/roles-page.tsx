import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { ChangeForm, TextField, Told } from '../change/fields';
import { SecurityFrame } from './frame';
import { ownRolesQuery } from './queries';
import { builtInRoles } from './role-fields';
import { useChange } from '../change/use-change';
import { useRoleWords } from './use-role-words';

/** The roles that everybody has, and those of the organisation's own. */
export function RolesPage() {
  const { t } = useTranslation();
  const words = useRoleWords();
  const { data: me } = useQuery(meQuery);
  const writes = may(me, 'access.write');
  return (
    <SecurityFrame name={t('security.roles')} lead={t('roles.lead')}>
      <OwnRoles writes={writes} />
      {writes && <MakeRole permissions={me?.permissions ?? []} />}
      <Card title={t('roles.builtIn')}>
        <ul className="rows">
          {builtInRoles.map((role) => (
            <li key={role}>
              <div>{words.name(role)}</div>
            </li>
          ))}
        </ul>
      </Card>
    </SecurityFrame>
  );
}

function OwnRoles({ writes }: { readonly writes: boolean }) {
  const { t } = useTranslation();
  const query = useQuery(ownRolesQuery);
  const change = useChange('own-roles');
  const retire = (id: string, name: string): void =>
    void change.make(async () => {
      await request('retireRole', { path: { id } });
      return t('roles.retired', { name });
    });
  return (
    <Card title={t('roles.own')}>
      <Answered query={query} what={t('security.loadRoles')}>
        {(roles) =>
          roles.length === 0 ? (
            <p className="note">{t('roles.noOwn')}</p>
          ) : (
            <ul className="rows">
              {roles.map(({ id, name, permissions }) => (
                <li key={id}>
                  <div>
                    <strong>{name}</strong>
                    <br />
                    <span className="muted small">{permissions.join(', ')}</span>
                  </div>
                  {writes && (
                    <button
                      type="button"
                      className="button"
                      aria-label={t('roles.retireLabel', { name })}
                      onClick={() => retire(id, name)}
                    >
                      {t('roles.retire')}
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
      <Told change={change} />
    </Card>
  );
}

function MakeRole({ permissions }: { readonly permissions: readonly string[] }) {
  const { t } = useTranslation();
  const change = useChange('own-roles');
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const make = (): void =>
    void change.make(async () => {
      await request('createRole', { body: { name, permissions: chosen } });
      setName('');
      setChosen([]);
      return t('roles.made', { name });
    });
  return (
    <Card title={t('roles.create')}>
      <ChangeForm change={change} send={t('roles.make')} onSend={make}>
        <TextField label={t('roles.name')} value={name} onChange={setName} most={60} />
        <fieldset>
          <legend>{t('roles.may')}</legend>
          {permissions.map((permission) => (
            <label key={permission} className="check">
              <input
                type="checkbox"
                checked={chosen.includes(permission)}
                onChange={(event) => {
                  const others = chosen.filter((one) => one !== permission);
                  setChosen(event.currentTarget.checked ? [...others, permission] : others);
                }}
              />
              <code>{permission}</code>
            </label>
          ))}
        </fieldset>
      </ChangeForm>
    </Card>
  );
}
