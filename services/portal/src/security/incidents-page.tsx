import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { LevelIcon } from '../parts/condition-mark';
import { Paged } from '../parts/paged';
import { countText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { incidentStates } from '../router';
import { ownTimeZone } from '../time/format-time';
import { SecurityFrame } from './frame';
import { incidentLevels } from './incident-levels';
import { incidentsQuery, type Incident } from './queries';
import { ReportCard } from './report-card';

/** Security incidents: what rules saw in the audit trail and what people reported. */
export function IncidentsPage() {
  const { t } = useTranslation();
  const { state } = useSearch({ from: '/security/incidents' });
  const navigate = useNavigate({ from: '/security/incidents' });
  const zone = ownTimeZone();
  return (
    <SecurityFrame
      name={t('security.incidents')}
      lead={t('incidents.lead', { zone })}
      tools={
        <Choose
          label={t('incidents.show')}
          value={state ?? 'all'}
          onChange={(value) =>
            void navigate({ search: { state: incidentStates.find((one) => one === value) }, replace: true })
          }
          options={(['all', ...incidentStates] as const).map((value) => ({
            value,
            label: t(`incidents.states.${value}`),
          }))}
        />
      }
    >
      <Card title={t('security.incidents')}>
        <Paged query={incidentsQuery(state)} what={t('incidents.load')} none={t('incidents.none')}>
          {(incidents) => <Rows incidents={incidents} zone={zone} />}
        </Paged>
      </Card>
      <ReportCard />
    </SecurityFrame>
  );
}

function Rows({ incidents, zone }: { readonly incidents: readonly Incident[]; readonly zone: string }) {
  const { t } = useTranslation();
  return (
    <RowsTable
      label={t('security.incidents')}
      rows={incidents}
      rowKey={({ id }) => id}
      columns={[
        {
          head: t('incidents.what'),
          cell: ({ id, title, count }) => (
            <>
              <Link to="/security/incidents/$id" params={{ id }}>
                {title}
              </Link>
              {count > 1 && <div className="muted small">{t('incidents.times', { n: countText(count) })}</div>}
            </>
          ),
        },
        {
          head: t('incidents.level'),
          cell: ({ level }) => (
            <span className={`condition level-${incidentLevels[level]}`}>
              <LevelIcon level={incidentLevels[level]} />
              {t(`incidents.levels.${level}`)}
            </span>
          ),
        },
        { head: t('incidents.state'), cell: ({ state }) => t(`incidents.states.${state}`) },
        { head: t('incidents.source'), cell: ({ source }) => t(`incidents.sources.${source}`) },
        { head: t('incidents.last'), cell: ({ last_at: at }) => <TimeText at={at} timeZone={zone} /> },
      ]}
    />
  );
}
