import { queryOptions, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery, spreadersQuery } from '../api/queries';
import { request } from '../api/request';
import { TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { usePersonName } from '../change/use-person-name';
import { saveFile } from '../fleet/save-file';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { LevelIcon } from '../parts/condition-mark';
import { Paged } from '../parts/paged';
import { countText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import type { AuditSearch } from '../router';
import { ownTimeZone } from '../time/format-time';
import { fromZonedInput, toZonedInput } from '../time/zoned-input';
import { SecurityFrame } from './frame';
import { auditQuery, peopleQuery, type AuditEvent } from './queries';

const verificationQuery = queryOptions({
  queryKey: ['audit-verification'],
  queryFn: ({ signal }) => request('verifyAudit', { signal }),
  // Walking the chain costs the server something and is itself in the trail: only when somebody asks.
  staleTime: Infinity,
});

/** Who did what, and the proof that nobody has changed the record of it. */
export function AuditPage() {
  const { t } = useTranslation();
  const zone = ownTimeZone();
  const search = useSearch({ from: '/security/audit' });
  return (
    <SecurityFrame name={t('security.audit')} lead={t('audit.lead', { zone })}>
      <ProofCard zone={zone} />
      <Card title={t('audit.entries')}>
        <Filter key={JSON.stringify(search)} search={search} zone={zone} />
        <Entries search={search} zone={zone} />
      </Card>
    </SecurityFrame>
  );
}

function ProofCard({ zone }: { readonly zone: string }) {
  const { t } = useTranslation();
  const query = useQuery(verificationQuery);
  const change = useChange();
  return (
    <Card title={t('audit.proof')}>
      <Answered query={query} what={t('audit.loadProof')}>
        {({ whole, entries, first_break: broken, checkpoint, head }) => (
          <>
            <p>
              <span className={`condition sentence level-${whole ? 'ok' : 'act_now'}`}>
                <LevelIcon level={whole ? 'ok' : 'act_now'} />
                {whole ? t('audit.whole', { n: countText(entries) }) : t('audit.broken')}
              </span>{' '}
              {broken && <strong>{t('audit.break', { seq: countText(broken.seq), reason: broken.reason })}</strong>}
            </p>
            <p className="muted">
              {checkpoint === null ? (
                t('audit.noCheckpoint')
              ) : (
                <>
                  {t(checkpoint.valid ? 'audit.checkpoint' : 'audit.badCheckpoint', {
                    n: countText(checkpoint.entries),
                  })}{' '}
                  <TimeText at={checkpoint.at} timeZone={zone} />.
                </>
              )}
            </p>
            <p className="muted small">
              {t('audit.head')} <code className="break">{head}</code>
            </p>
          </>
        )}
      </Answered>
      <p className="form-do no-print">
        <button type="button" className="button" disabled={query.isFetching} onClick={() => void query.refetch()}>
          {t('audit.check')}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => void change.make(() => exportTrail(t('audit.exported')))}
        >
          {t('audit.export')}
        </button>
      </p>
      <p className="note">{t('audit.exportHint')}</p>
      <Told change={change} />
    </Card>
  );
}

/** Saves the whole trail as the files that the offline verifier reads; to text a browser would add `.txt`, which it does not read. */
async function exportTrail(done: string): Promise<string> {
  const number = (seq: number): string => String(seq).padStart(12, '0');
  for (let after = 0; ;) {
    const { first, last, entries, has_more: more, checkpoint } = await request('exportAudit', { query: { after } });
    if (first !== null && last !== null) {
      saveFile(`entries-${number(first)}-${number(last)}`, 'application/octet-stream', entries);
      after = last;
    }
    if (more) continue;
    if (checkpoint) saveFile(`checkpoint-${checkpoint.size}`, 'application/octet-stream', checkpoint.note);
    return done;
  }
}

/** One of an input's two ends of a time; what is no time is left out. */
const timeOf = (text: string, zone: string): string | undefined => {
  const at = fromZonedInput(text, zone);
  return at === undefined ? undefined : new Date(at).toISOString();
};
const inputOf = (at: string | undefined, zone: string): string =>
  at === undefined || Number.isNaN(Date.parse(at)) ? '' : toZonedInput(Date.parse(at), zone);

function Filter({ search, zone }: { readonly search: AuditSearch; readonly zone: string }) {
  const { t } = useTranslation();
  const id = useId();
  const navigate = useNavigate({ from: '/security/audit' });
  const [action, setAction] = useState(search.action ?? '');
  const [target, setTarget] = useState(search.target ?? '');
  const [actor, setActor] = useState(search.actor ?? '');
  const [from, setFrom] = useState(() => inputOf(search.from, zone));
  const [to, setTo] = useState(() => inputOf(search.to, zone));
  const { data: me } = useQuery(meQuery);
  const { data: people = [] } = useQuery({ ...peopleQuery, enabled: may(me, 'access.read') });
  return (
    <form
      className="tools"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const trimmed = (text: string): string | undefined => text.trim() || undefined;
        const words = { action: trimmed(action), target: trimmed(target), actor: trimmed(actor) };
        void navigate({ search: { ...words, from: timeOf(from, zone), to: timeOf(to, zone) }, replace: true });
      }}
    >
      <div className="field">
        <label htmlFor={`${id}-action`}>{t('audit.action')}</label>
        <input
          id={`${id}-action`}
          data-find
          value={action}
          placeholder={t('audit.actionHint')}
          onChange={(event) => setAction(event.currentTarget.value)}
        />
      </div>
      <div className="field">
        <label htmlFor={`${id}-target`}>{t('audit.target')}</label>
        <input
          id={`${id}-target`}
          value={target}
          placeholder={t('audit.targetHint')}
          onChange={(event) => setTarget(event.currentTarget.value)}
        />
      </div>
      <Choose
        label={t('audit.who')}
        value={actor}
        onChange={setActor}
        options={[
          { value: '', label: t('audit.anybody') },
          ...(actor !== '' && !people.some(({ id: one }) => one === actor) ? [{ value: actor, label: actor }] : []),
          ...people.map((person) => ({ value: person.id, label: person.name ?? person.email ?? person.id })),
        ]}
      />
      <TextField label={t('audit.from')} type="datetime-local" required={false} value={from} onChange={setFrom} />
      <TextField label={t('audit.to')} type="datetime-local" required={false} value={to} onChange={setTo} />
      <button type="submit" className="button">
        {t('audit.filter')}
      </button>
      {isFiltered(search) && (
        <button type="button" className="text-button" onClick={() => void navigate({ search: {}, replace: true })}>
          {t('fleet.clear')}
        </button>
      )}
    </form>
  );
}

const isFiltered = (search: AuditSearch): boolean => Object.values(search).some((part) => part !== undefined);

const outcomeLevel: Readonly<Record<string, 'ok' | 'watch' | 'plan'>> = {
  success: 'ok',
  refused: 'watch',
  failure: 'plan',
};

function Entries({ search, zone }: { readonly search: AuditSearch; readonly zone: string }) {
  const { t } = useTranslation();
  const personOf = usePersonName();
  const { data: me } = useQuery(meQuery);
  const { data: spreaders = [] } = useQuery({ ...spreadersQuery, enabled: may(me, 'spreaders.read') });
  /** People by name, spreaders by the number that is painted on them; who may not see either reads the id. */
  const nameOf = (id: string): string => spreaders.find((one) => one.id === id)?.number ?? personOf(id);
  const navigate = useNavigate({ from: '/security/audit' });
  const only = (change: AuditSearch, text: string) => (
    <button
      type="button"
      className="text-button"
      aria-label={t('audit.only', { text })}
      onClick={() => void navigate({ search: change, replace: true })}
    >
      {text}
    </button>
  );
  return (
    <Paged
      query={auditQuery(search)}
      what={t('audit.load')}
      none={isFiltered(search) ? t('audit.hidden') : t('audit.none')}
    >
      {(entries) => (
        <RowsTable<AuditEvent>
          label={t('audit.entries')}
          rows={entries}
          rowKey={({ seq }) => String(seq)}
          columns={[
            {
              head: t('audit.when'),
              cell: ({ at, seq }) => (
                <>
                  <TimeText at={at} timeZone={zone} />
                  <div className="muted small">{t('audit.number', { n: countText(seq) })}</div>
                </>
              ),
            },
            {
              head: t('audit.who'),
              cell: ({ actor }) => (
                <>
                  {only({ ...search, actor: actor.id }, nameOf(actor.id))}
                  <div className="muted small">{actor.kind}</div>
                </>
              ),
            },
            { head: t('audit.action'), cell: ({ action }) => only({ ...search, action }, action) },
            {
              head: t('audit.target'),
              cell: ({ target }) => (
                <>
                  {only({ ...search, target: target.id }, nameOf(target.id))}
                  <div className="muted small">{target.kind}</div>
                </>
              ),
            },
            {
              head: t('audit.outcome'),
              cell: ({ outcome, reason }) => {
                const level = outcomeLevel[outcome] ?? 'watch';
                return (
                  <>
                    <span className={`condition level-${level}`}>
                      <LevelIcon level={level} />
                      {outcome}
                    </span>
                    {reason && <div className="muted small">{reason}</div>}
                  </>
                );
              },
            },
          ]}
        />
      )}
    </Paged>
  );
}
