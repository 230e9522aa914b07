import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { serverNow } from '../time/clock';
import { ownTimeZone, timeWords } from '../time/format-time';
import { ChangeForm, ShownOnce, TextField, Told } from './fields';
import { SecurityFrame } from './frame';
import { programsQuery, type Program } from './queries';
import { grantOf, noChoice, RoleFields } from './role-fields';
import { useChange } from './use-change';
import { useRoleWords } from './use-role-words';

/** What is told of a program this once. */
interface Told_ {
  readonly id: string;
  readonly name: string;
  readonly secret: string | null;
  readonly endpoint: string | null;
  readonly previousUntil: string | null;
}

/** Programs that use the API. */
export function ProgramsPage() {
  const { t } = useTranslation();
  const query = useQuery(programsQuery);
  const { data: me } = useQuery(meQuery);
  const writes = may(me, 'access.write');
  const [told, setTold] = useState<Told_ | null>(null);
  return (
    <SecurityFrame name={t('security.programs')} lead={t('programs.lead')}>
      <div role="status">{told && <SecretCard told={told} done={() => setTold(null)} />}</div>
      <Card title={t('security.programs')}>
        <Answered query={query} what={t('security.loadPrograms')}>
          {(programs) =>
            programs.length === 0 ? (
              <p className="note">{t('programs.none')}</p>
            ) : (
              <ProgramRows programs={programs} writes={writes} tell={setTold} />
            )
          }
        </Answered>
      </Card>
      {writes && <RegisterCard tell={setTold} />}
    </SecurityFrame>
  );
}

function SecretCard({ told, done }: { readonly told: Told_; readonly done: () => void }) {
  const { t } = useTranslation();
  return (
    <Card title={told.name}>
      <ShownOnce label={t('programs.id')} text={told.id} />
      {told.secret !== null && <ShownOnce label={t('programs.secret')} text={told.secret} />}
      {told.endpoint !== null && <ShownOnce label={t('programs.endpoint')} text={told.endpoint} />}
      {told.previousUntil !== null && <p>{t('programs.previous', { time: timeText(told.previousUntil) })}</p>}
      <button type="button" className="button" onClick={done}>
        {t('programs.kept')}
      </button>
    </Card>
  );
}

const timeText = (iso: string): string => timeWords(ownTimeZone()).dateTime(Date.parse(iso), serverNow());

function ProgramRows(props: {
  readonly programs: readonly Program[];
  readonly writes: boolean;
  readonly tell: (told: Told_) => void;
}) {
  const { t } = useTranslation();
  const words = useRoleWords();
  const change = useChange('programs');
  const rotate = ({ id, name }: Program): void =>
    void change.make(async () => {
      const answer = await request('rotateApiClient', { path: { id } });
      const { client_secret: secret, previous_until: previousUntil } = answer;
      props.tell({ id, name, secret, endpoint: null, previousUntil });
    });
  const revoke = ({ id, name }: Program): void =>
    void change.make(async () => {
      await request('revokeApiClient', { path: { id } });
      return t('programs.gone', { name });
    });
  return (
    <>
      <ul className="rows">
        {props.programs.map((program) => (
          <li key={program.id}>
            <div>
              <strong>{program.name}</strong> <code>{program.id}</code>
              <br />
              {program.roles.map(words.grant).join('; ')}
              <br />
              <span className="muted small">
                {t(`programs.methods.${program.method}`)}
                {'. '}
                {program.revoked_at
                  ? t('programs.revoked', { time: timeText(program.revoked_at) })
                  : program.last_used_at
                    ? t('programs.used', { time: timeText(program.last_used_at) })
                    : t('programs.neverUsed')}
              </span>
            </div>
            {props.writes && program.revoked_at === null && (
              <div className="form-do">
                {program.method === 'client_secret_basic' && (
                  <button
                    type="button"
                    className="button"
                    aria-label={t('programs.rotateLabel', { name: program.name })}
                    onClick={() => rotate(program)}
                  >
                    {t('programs.rotate')}
                  </button>
                )}
                <button
                  type="button"
                  className="button"
                  aria-label={t('programs.revokeLabel', { name: program.name })}
                  onClick={() => revoke(program)}
                >
                  {t('programs.revoke')}
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
      <Told change={change} />
    </>
  );
}

function RegisterCard({ tell }: { readonly tell: (told: Told_) => void }) {
  const { t } = useTranslation();
  const change = useChange('programs');
  const [name, setName] = useState('');
  const [method, setMethod] = useState<Program['method']>('client_secret_basic');
  const [jwks, setJwks] = useState('');
  const [role, setRole] = useState({ ...noChoice, role: 'partner' });
  const send = (): void => {
    const grant = grantOf(role);
    if (!grant) return;
    void change
      .make(async () => {
        const body = {
          name,
          method,
          roles: [{ role: grant.role, scope: grant.scope }],
          ...(method === 'private_key_jwt' ? { jwks: keySet(jwks, t('programs.jwksWrong')) } : {}),
        };
        const made = await request('createApiClient', { body });
        const { id, client_secret: secret, token_endpoint: endpoint } = made;
        tell({ id, name, secret, endpoint, previousUntil: null });
      })
      .then((done) => {
        if (!done) return;
        setName('');
        setJwks('');
      });
  };
  return (
    <Card title={t('programs.create')}>
      <ChangeForm change={change} send={t('programs.register')} onSend={send}>
        <TextField label={t('programs.name')} value={name} onChange={setName} most={100} />
        <Choose
          label={t('programs.method')}
          value={method}
          onChange={(value) => setMethod(value as Program['method'])}
          options={(['client_secret_basic', 'private_key_jwt'] as const).map((value) => ({
            value,
            label: t(`programs.methods.${value}`),
          }))}
        />
        {method === 'private_key_jwt' && (
          <TextField label={t('programs.jwks')} value={jwks} onChange={setJwks} rows={5} most={20_000} />
        )}
        <RoleFields value={role} onChange={setRole} />
      </ChangeForm>
    </Card>
  );
}

function keySet(text: string, wrong: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error(wrong, { cause });
  }
}
