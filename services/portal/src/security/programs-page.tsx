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
import { ChangeForm, ShownOnce, TextField, Told } from '../change/fields';
import { SecurityFrame } from './frame';
import { programsQuery, type Program } from './queries';
import { grantOf, noChoice, RoleFields } from './role-fields';
import { useChange } from '../change/use-change';
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
  /** Public keys, name or certificate: whatever its way to prove itself needs. */
  const [proof, setProof] = useState('');
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
          ...proofOf(method, proof, t('programs.jwksWrong')),
        };
        const made = await request('createApiClient', { body });
        const { id, client_secret: secret, token_endpoint: endpoint } = made;
        tell({ id, name, secret, endpoint, previousUntil: null });
      })
      .then((done) => {
        if (!done) return;
        setName('');
        setProof('');
      });
  };
  return (
    <Card title={t('programs.create')}>
      <ChangeForm change={change} send={t('programs.register')} onSend={send}>
        <TextField label={t('programs.name')} value={name} onChange={setName} most={100} />
        <Choose
          label={t('programs.method')}
          value={method}
          onChange={(value) => {
            setMethod(value as Program['method']);
            setProof('');
          }}
          options={methods.map((value) => ({
            value,
            label: t(`programs.methods.${value}`),
          }))}
        />
        {method === 'private_key_jwt' && (
          <TextField label={t('programs.jwks')} value={proof} onChange={setProof} rows={5} most={20_000} />
        )}
        {method === 'tls_client_auth' && (
          <TextField label={t('programs.certificateName')} value={proof} onChange={setProof} most={253} />
        )}
        {method === 'self_signed_tls_client_auth' && (
          <TextField label={t('programs.certificate')} value={proof} onChange={setProof} rows={5} most={16_384} />
        )}
        <RoleFields value={role} onChange={setRole} />
      </ChangeForm>
    </Card>
  );
}

const methods = ['client_secret_basic', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'] as const;

function proofOf(method: Program['method'], proof: string, wrong: string): object {
  switch (method) {
    case 'private_key_jwt':
      return { jwks: keySet(proof, wrong) };
    case 'tls_client_auth':
      return { certificate_name: { dns: proof } };
    case 'self_signed_tls_client_auth':
      return { certificates: [proof] };
    case 'client_secret_basic':
      return {};
  }
}

function keySet(text: string, wrong: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error(wrong, { cause });
  }
}
