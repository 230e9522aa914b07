import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { ChangeForm, TextField } from '../change/fields';
import { useChange } from '../change/use-change';
import { usePersonName } from '../change/use-person-name';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { LevelIcon } from '../parts/condition-mark';
import { countText } from '../parts/quantity';
import { TimeText } from '../parts/time-text';
import { ownTimeZone } from '../time/format-time';
import { SecurityFrame } from './frame';
import { incidentLevels } from './incident-levels';
import { incidentQuery, type Incident } from './queries';

const levels = ['low', 'medium', 'high', 'critical'] as const;
const risks = ['yes', 'unknown', 'no'] as const;
const outcomes = ['remedied', 'accepted', 'no-incident'] as const;

/** One incident: what happened, how it was judged, how it ended. */
export function IncidentPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/security/incidents/$id' });
  const { data: me } = useQuery(meQuery);
  const query = useQuery(incidentQuery(id));
  const decides = may(me, 'incidents.write');
  return (
    <SecurityFrame
      name={query.data?.title ?? t('incidents.one')}
      lead={t('incidents.oneLead', { zone: ownTimeZone() })}
    >
      <Answered query={query} what={t('incidents.loadOne')}>
        {(incident) => (
          <>
            <Facts incident={incident} />
            {decides && incident.state !== 'closed' && <AssessCard incident={incident} />}
            {decides && incident.state === 'assessed' && <CloseCard incident={incident} />}
          </>
        )}
      </Answered>
    </SecurityFrame>
  );
}

function Facts({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation();
  const nameOf = usePersonName();
  const zone = ownTimeZone();
  const level = incidentLevels[incident.level];
  const when = (at: string | null, by: string | null): ReactNode =>
    at && (
      <>
        <TimeText at={at} timeZone={zone} />
        {by && `, ${nameOf(by)}`}
      </>
    );
  const rows: readonly (readonly [name: string, value: ReactNode])[] = [
    [t('incidents.state'), t(`incidents.states.${incident.state}`)],
    [t('incidents.source'), t(`incidents.sources.${incident.source}`)],
    [t('incidents.about'), incident.about && nameOf(incident.about)],
    [t('incidents.count'), countText(incident.count)],
    [t('incidents.first'), <TimeText key="first" at={incident.first_at} timeZone={zone} />],
    [t('incidents.last'), <TimeText key="last" at={incident.last_at} timeZone={zone} />],
    [t('incidents.opened'), when(incident.opened_at, incident.reported_by)],
    [t('incidents.risk'), incident.people_at_risk && t(`incidents.risks.${incident.people_at_risk}`)],
    [t('incidents.scope'), incident.scope],
    [t('incidents.vector'), incident.vector],
    [t('incidents.assessed'), when(incident.assessed_at, incident.assessed_by)],
    [t('incidents.outcome'), incident.outcome && t(`incidents.outcomes.${incident.outcome}`)],
    [t('incidents.closed'), when(incident.closed_at, incident.closed_by)],
    [t('incidents.reason'), incident.closing_reason],
  ];
  return (
    <Card title={t('incidents.what')}>
      <p>
        <span className={`condition sentence level-${level}`}>
          <LevelIcon level={level} />
          {t(`incidents.levels.${incident.level}`)}
        </span>
      </p>
      <p>{incident.description}</p>
      <dl className="details">
        {rows.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </Card>
  );
}

function AssessCard({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation();
  const change = useChange('incident', 'incidents');
  const [risk, setRisk] = useState<(typeof risks)[number]>(incident.people_at_risk ?? 'unknown');
  const [level, setLevel] = useState<Incident['level']>(incident.level);
  const [scope, setScope] = useState(incident.scope ?? '');
  const [vector, setVector] = useState(incident.vector ?? '');
  const send = (): void =>
    void change.make(async () => {
      const body = { people_at_risk: risk, level, scope, ...(vector.trim() ? { vector: vector.trim() } : {}) };
      await request('assessIncident', { path: { id: incident.id }, body });
      return t('incidents.assessedDone');
    });
  return (
    <Card title={t('incidents.assess')}>
      <ChangeForm change={change} send={t('incidents.assessSend')} onSend={send}>
        <Choose
          label={t('incidents.risk')}
          value={risk}
          onChange={(value) => setRisk(risks.find((one) => one === value) ?? 'unknown')}
          options={risks.map((value) => ({ value, label: t(`incidents.risks.${value}`) }))}
        />
        <Choose
          label={t('incidents.level')}
          value={level}
          onChange={(value) => setLevel(levels.find((one) => one === value) ?? 'medium')}
          options={levels.map((value) => ({ value, label: t(`incidents.levels.${value}`) }))}
        />
        <TextField label={t('incidents.scope')} value={scope} onChange={setScope} rows={3} most={2000} />
        <TextField
          label={t('incidents.vector')}
          hint={t('incidents.vectorHint')}
          required={false}
          value={vector}
          onChange={setVector}
          most={300}
        />
      </ChangeForm>
    </Card>
  );
}

function CloseCard({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation();
  const change = useChange('incident', 'incidents');
  const [outcome, setOutcome] = useState<(typeof outcomes)[number]>('remedied');
  const [reason, setReason] = useState('');
  const send = (): void =>
    void change.make(async () => {
      await request('closeIncident', { path: { id: incident.id }, body: { outcome, reason } });
      return t('incidents.closedDone');
    });
  return (
    <Card title={t('incidents.close')}>
      <ChangeForm change={change} send={t('incidents.closeSend')} onSend={send}>
        <Choose
          label={t('incidents.outcome')}
          value={outcome}
          onChange={(value) => setOutcome(outcomes.find((one) => one === value) ?? 'remedied')}
          options={outcomes.map((value) => ({ value, label: t(`incidents.outcomes.${value}`) }))}
        />
        <TextField label={t('incidents.reason')} value={reason} onChange={setReason} rows={3} most={2000} />
      </ChangeForm>
    </Card>
  );
}
