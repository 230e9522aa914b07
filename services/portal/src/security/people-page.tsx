import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { ownTimeZone, timeWords } from '../time/format-time';
import { ChangeForm, ShownOnce, TextField } from '../change/fields';
import { SecurityFrame } from './frame';
import { peopleQuery, type Person } from './queries';
import { grantOf, noChoice, RoleFields } from './role-fields';
import { useChange } from '../change/use-change';
import { useRoleWords } from './use-role-words';

/** Who can sign in, and inviting people. */
export function PeoplePage() {
  const { t } = useTranslation();
  const query = useQuery(peopleQuery);
  const { data: me } = useQuery(meQuery);
  return (
    <SecurityFrame name={t('security.people')} lead={t('people.lead')}>
      <Card title={t('security.people')}>
        <Answered query={query} what={t('security.loadPeople')}>
          {(people) => (people.length === 0 ? <p>{t('people.none')}</p> : <PeopleTable people={people} />)}
        </Answered>
      </Card>
      {may(me, 'access.write') && <InviteCard />}
    </SecurityFrame>
  );
}

function PeopleTable({ people }: { readonly people: readonly Person[] }) {
  const { t } = useTranslation();
  const words = useRoleWords();
  return (
    <table className="table stacking">
      <thead>
        <tr>
          <th scope="col">{t('people.name')}</th>
          <th scope="col">{t('people.email')}</th>
          <th scope="col">{t('people.state')}</th>
          <th scope="col">{t('people.roles')}</th>
        </tr>
      </thead>
      <tbody>
        {people.map(({ id, name, email, state, roles }) => (
          <tr key={id}>
            <th scope="row">
              <Link to="/security/people/$id" params={{ id }}>
                {name ?? email ?? t('people.noName')}
              </Link>
            </th>
            <td data-label={t('people.email')}>{email ?? '–'}</td>
            <td data-label={t('people.state')}>{t(`people.states.${state}`)}</td>
            <td data-label={t('people.roles')}>{roles.map(words.grant).join('; ') || t('people.noRoles')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function InviteCard() {
  const { t } = useTranslation();
  const change = useChange('people');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState(noChoice);
  const [made, setMade] = useState<{ readonly name: string; readonly link: string; readonly until: string } | null>(
    null,
  );
  const send = (): void => {
    const grant = grantOf(role);
    if (!grant) return;
    setMade(null);
    void change
      .make(async () => {
        const roles = [{ role: grant.role, scope: grant.scope }];
        const { link, expires_at: until } = await request('inviteUser', { body: { name, email, roles } });
        setMade({ name, link, until });
      })
      .then((done) => {
        if (!done) return;
        setName('');
        setEmail('');
        setRole(noChoice);
      });
  };
  return (
    <Card title={t('people.invite')}>
      <ChangeForm change={change} send={t('people.send')} onSend={send}>
        <TextField label={t('people.name')} value={name} onChange={setName} most={100} />
        <TextField label={t('people.email')} type="email" value={email} onChange={setEmail} most={254} />
        <RoleFields value={role} onChange={setRole} />
      </ChangeForm>
      {made && (
        <div role="status">
          <ShownOnce
            label={t('people.link', {
              name: made.name,
              time: timeWords(ownTimeZone()).dateTime(Date.parse(made.until)),
            })}
            text={made.link}
          />
        </div>
      )}
    </Card>
  );
}
