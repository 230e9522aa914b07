import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { ChangeForm, TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { usePersonName } from '../change/use-person-name';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { serverNow } from '../time/clock';
import { ownTimeZone, timeWords } from '../time/format-time';
import { SecurityFrame } from './frame';
import { approvalsQuery, type Approval } from './queries';

type Asked = { readonly approval: Approval; readonly outcome: 'approved' | 'rejected' };

/** What waits for a second person, what became of the rest, and access in an emergency. */
export function WaitingPage() {
  const { t } = useTranslation();
  const query = useQuery(approvalsQuery);
  const { data: me } = useQuery(meQuery);
  const change = useChange('approvals', 'people', 'person', 'access-policy');
  const [asked, setAsked] = useState<Asked | null>(null);
  const isOpen = ({ outcome, expires_at: end }: Approval): boolean => outcome === null && Date.parse(end) > serverNow();
  return (
    <SecurityFrame name={t('security.waiting')} lead={t('waiting.lead')}>
      <Card title={t('waiting.open')}>
        <Answered query={query} what={t('waiting.load')}>
          {(approvals) => {
            const open = approvals.filter(isOpen);
            if (open.length === 0) return <p className="note">{t('waiting.none')}</p>;
            return (
              <ul className="rows">
                {open.map((approval) => (
                  <OpenRow
                    key={approval.id}
                    approval={approval}
                    decide={
                      may(me, 'access.write') && approval.requested_by !== me?.id
                        ? (outcome) => setAsked({ approval, outcome })
                        : null
                    }
                  />
                ))}
              </ul>
            );
          }}
        </Answered>
        <Told change={change} />
      </Card>
      <Answered query={query} what={t('waiting.load')}>
        {(approvals) => <PastCard approvals={approvals.filter((one) => !isOpen(one))} />}
      </Answered>
      {may(me, 'access.break_glass') && <BreakGlassCard />}
      {asked && (
        <AskDialog
          title={t(`waiting.${asked.outcome}Title`, { action: asked.approval.action })}
          text={<ParametersText approval={asked.approval} />}
          send={t(`waiting.${asked.outcome}`)}
          reason
          change={change}
          onSend={(reason) =>
            change.make(async () => {
              await request('decideApproval', {
                path: { id: asked.approval.id },
                body: { outcome: asked.outcome, reason },
              });
              return t(`waiting.${asked.outcome}Done`);
            })
          }
          onClose={() => setAsked(null)}
        />
      )}
    </SecurityFrame>
  );
}

/** What exactly was asked for, name by name. */
function ParametersText({ approval }: { readonly approval: Approval }) {
  const { t } = useTranslation();
  const nameOf = usePersonName();
  const show = (value: unknown): string => (typeof value === 'string' ? nameOf(value) : JSON.stringify(value));
  const rows = Object.entries(approval.parameters);
  if (rows.length === 0) return <>{t('waiting.noDetails')}</>;
  return (
    <dl className="details">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{show(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function OpenRow(props: {
  readonly approval: Approval;
  readonly decide: ((outcome: Asked['outcome']) => void) | null;
}) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const nameOf = usePersonName();
  const zone = ownTimeZone();
  const { approval, decide } = props;
  return (
    <li data-row>
      <div>
        <strong>{approval.action}</strong>
        <br />
        <span className="muted small">
          {t('waiting.asked', { by: nameOf(approval.requested_by) })}{' '}
          <TimeText at={approval.requested_at} timeZone={zone} />. {t('waiting.until')}{' '}
          <TimeText at={approval.expires_at} timeZone={zone} />.
        </span>
        <ParametersText approval={approval} />
      </div>
      {decide ? (
        <div className="form-do">
          {(['approved', 'rejected'] as const).map((outcome) => (
            <button
              key={outcome}
              type="button"
              className="button"
              aria-label={t(`waiting.${outcome}Title`, { action: approval.action })}
              onClick={() => decide(outcome)}
            >
              {t(`waiting.${outcome}`)}
            </button>
          ))}
        </div>
      ) : (
        <span className="muted">{approval.requested_by === me?.id ? t('waiting.own') : t('waiting.ask')}</span>
      )}
    </li>
  );
}

function PastCard({ approvals }: { readonly approvals: readonly Approval[] }) {
  const { t } = useTranslation();
  const nameOf = usePersonName();
  const zone = ownTimeZone();
  if (approvals.length === 0) return null;
  return (
    <Card title={t('waiting.past')}>
      <RowsTable
        label={t('waiting.past')}
        rows={approvals}
        rowKey={({ id }) => id}
        columns={[
          { head: t('waiting.action'), cell: ({ action }) => action },
          {
            head: t('waiting.by'),
            cell: ({ requested_by: by, requested_at: at }) => (
              <>
                {nameOf(by)}
                <div className="muted small">
                  <TimeText at={at} timeZone={zone} />
                </div>
              </>
            ),
          },
          {
            head: t('waiting.outcome'),
            cell: ({ outcome, reason }) => (
              <>
                {outcome === null ? t('waiting.expired') : t(`waiting.was.${outcome}`)}
                {reason && <div className="muted small">{reason}</div>}
              </>
            ),
          },
          {
            head: t('waiting.decided'),
            cell: ({ decided_by: by, decided_at: at }) =>
              by && (
                <>
                  {nameOf(by)}
                  <div className="muted small">
                    <TimeText at={at} timeZone={zone} />
                  </div>
                </>
              ),
          },
        ]}
      />
    </Card>
  );
}

function BreakGlassCard() {
  const { t } = useTranslation();
  const change = useChange('me');
  const [reason, setReason] = useState('');
  const send = (): void =>
    void change
      .make(async () => {
        const { until } = await request('breakGlass', { body: { reason } });
        return t('waiting.glassBroken', { time: timeWords(ownTimeZone()).clock(Date.parse(until)) });
      })
      .then((done) => done && setReason(''));
  return (
    <Card title={t('waiting.glass')} className="bar bad">
      <p>{t('waiting.glassLead')}</p>
      <ChangeForm change={change} send={t('waiting.breakGlass')} onSend={send}>
        <TextField
          label={t('waiting.glassReason')}
          hint={t('waiting.glassHint')}
          value={reason}
          onChange={setReason}
          rows={2}
          most={500}
        />
      </ChangeForm>
    </Card>
  );
}
