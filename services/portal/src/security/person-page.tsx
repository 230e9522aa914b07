import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request, type Answer } from '../api/request';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { ChangeForm, TextField, Told } from '../change/fields';
import { SecurityFrame } from './frame';
import { personQuery, personSessionsQuery } from './queries';
import { grantOf, noChoice, RoleFields } from './role-fields';
import { SessionRows } from './session-rows';
import { useChange } from '../change/use-change';
import { useRoleWords } from './use-role-words';

type User = Answer<'getUser'>;

/** One person: roles, ways to sign in, sessions, shutting out. */
export function PersonPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/security/people/$id' });
  const query = useQuery(personQuery(id));
  const { data: me } = useQuery(meQuery);
  const writes = may(me, 'access.write');
  const name = query.data?.name ?? query.data?.email ?? t('security.people');
  return (
    <SecurityFrame name={name} lead={query.data?.email ?? ''}>
      <p>
        <Link to="/security">{t('person.back')}</Link>
      </p>
      <Answered query={query} what={t('security.loadPerson')}>
        {(user) => (
          <>
            <RolesCard user={user} writes={writes} />
            <div className="halves">
              <FactorsCard user={user} writes={writes} />
              <SessionsCard user={user} writes={writes} />
            </div>
            {writes && user.id !== me?.id && <AccessCard user={user} name={name} />}
          </>
        )}
      </Answered>
    </SecurityFrame>
  );
}

interface Part {
  readonly user: User;
  readonly writes: boolean;
}

const touched = ['person', 'people', 'person-sessions'] as const;

function RolesCard({ user, writes }: Part) {
  const { t } = useTranslation();
  const words = useRoleWords();
  const change = useChange(...touched, 'me');
  const [role, setRole] = useState(noChoice);
  const give = (): void => {
    const grant = grantOf(role);
    if (!grant) return;
    void change
      .make(async () => {
        await request('grantRole', { path: { id: user.id }, body: grant });
        return t('person.granted', { role: words.grant(grant) });
      })
      .then((done) => done && setRole(noChoice));
  };
  return (
    <Card title={t('people.roles')}>
      {user.roles.length === 0 && <p className="note">{t('person.noRoles')}</p>}
      <ul className="rows">
        {user.roles.map((grant) => {
          const named = words.grant(grant);
          const { role: held, scope } = grant;
          return (
            <li key={named}>
              <div>{named}</div>
              {writes && (
                <button
                  type="button"
                  className="button"
                  aria-label={t('person.revokeLabel', { role: named })}
                  onClick={() =>
                    void change.make(async () => {
                      await request('revokeRole', { path: { id: user.id }, body: { role: held, scope } });
                      return t('person.revoked', { role: named });
                    })
                  }
                >
                  {t('person.revoke')}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {writes && (
        <>
          <h3>{t('person.grant')}</h3>
          <ChangeForm change={change} send={t('person.give')} onSend={give}>
            <RoleFields value={role} onChange={setRole} limit />
          </ChangeForm>
        </>
      )}
    </Card>
  );
}

function FactorsCard({ user, writes }: Part) {
  const { t } = useTranslation();
  const change = useChange(...touched);
  return (
    <Card title={t('person.factors')}>
      {user.factors.length === 0 ? (
        <p className="note">{t('person.noFactors')}</p>
      ) : (
        <ul className="plain-list">
          {user.factors.map((factor) => (
            <li key={factor}>{t(`person.factor.${factor}`)}</li>
          ))}
        </ul>
      )}
      {writes && user.factors.length > 0 && (
        <>
          <p className="note">{t('person.resetHint')}</p>
          <button
            type="button"
            className="button"
            onClick={() =>
              void change.make(async () => {
                await request('resetFactors', { path: { id: user.id } });
                return t('person.resetDone');
              })
            }
          >
            {t('person.reset')}
          </button>
        </>
      )}
      <Told change={change} />
    </Card>
  );
}

function SessionsCard({ user, writes }: Part) {
  const { t } = useTranslation();
  const change = useChange(...touched);
  const query = useQuery(personSessionsQuery(user.id));
  return (
    <Card title={t('person.sessions')}>
      <Answered query={query} what={t('security.loadSessions')}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="note">{t('person.noSessions')}</p>
          ) : (
            <>
              <SessionRows sessions={data} />
              {writes && (
                <button
                  type="button"
                  className="button"
                  onClick={() =>
                    void change.make(async () => {
                      const { ended } = await request('endUserSessions', { path: { id: user.id } });
                      return t('person.ended', { count: ended });
                    })
                  }
                >
                  {t('person.endAll')}
                </button>
              )}
            </>
          )
        }
      </Answered>
      <Told change={change} />
    </Card>
  );
}

function AccessCard({ user, name }: { readonly user: User; readonly name: string }) {
  const { t } = useTranslation();
  const change = useChange(...touched);
  const [reason, setReason] = useState('');
  const out = user.state === 'disabled';
  const send = (): void =>
    void change.make(async () => {
      if (out) await request('enableUser', { path: { id: user.id } });
      else await request('disableUser', { path: { id: user.id }, body: { reason } });
      setReason('');
      return out ? t('person.enabled', { name }) : t('person.disabled', { name });
    });
  return (
    <Card title={t('person.access')}>
      {!out && <p className="note">{t('person.disableHint')}</p>}
      <ChangeForm change={change} send={out ? t('person.enable') : t('person.disable')} onSend={send}>
        {!out && <TextField label={t('person.reason')} value={reason} onChange={setReason} />}
      </ChangeForm>
    </Card>
  );
}
