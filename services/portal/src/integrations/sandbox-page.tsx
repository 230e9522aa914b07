import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request, type Answer } from '../api/request';
import { TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Paged, pagesQuery } from '../parts/paged';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { ownTimeZone } from '../time/format-time';
import { IntegrationsFrame } from './frame';

type Run = Answer<'listSandboxRuns'>['data'][number];

/** What can be made to happen; nothing outside the sandbox. */
export const scenariosQuery = queryOptions({
  queryKey: ['sandbox-scenarios'],
  queryFn: async ({ signal }) => (await request('listSandboxScenarios', { signal })).data,
  staleTime: 5 * 60_000,
});

const runsQuery = pagesQuery<Run>(
  ['sandbox-runs'],
  (cursor, signal) => request('listSandboxRuns', { query: { limit: 50, cursor }, signal }),
  5000,
);

/** The sandbox: scenarios that happen to simulated spreaders, so that a program can be tried. */
export function SandboxPage() {
  const { t } = useTranslation();
  const query = useQuery(scenariosQuery);
  const { data: me } = useQuery(meQuery);
  const change = useChange('sandbox-runs');
  const [spreader, setSpreader] = useState('');
  const zone = ownTimeZone();
  return (
    <IntegrationsFrame name={t('integrations.sandbox')} lead={t('sandbox.lead')}>
      <Card title={t('sandbox.scenarios')}>
        <Answered query={query} what={t('sandbox.load')}>
          {(scenarios) =>
            scenarios.length === 0 ? (
              <p className="note">{t('sandbox.none')}</p>
            ) : (
              <>
                <div className="form">
                  <TextField
                    label={t('sandbox.spreader')}
                    required={false}
                    value={spreader}
                    onChange={setSpreader}
                    most={60}
                  />
                </div>
                <ul className="rows">
                  {scenarios.map(({ name, title, effect }) => (
                    <li key={name}>
                      <div>
                        <strong>{title}</strong>
                        <br />
                        <span className="muted">{effect}</span>
                      </div>
                      {may(me, 'fleet.write') && (
                        <button
                          type="button"
                          className="button"
                          aria-label={t('sandbox.startLabel', { title })}
                          onClick={() =>
                            void change.make(async () => {
                              const number = spreader.trim();
                              const body = { scenario: name, ...(number ? { spreader: number } : {}) };
                              await request('startSandboxRun', { body });
                              return t('sandbox.started', { title });
                            })
                          }
                        >
                          {t('sandbox.start')}
                        </button>
                      )}
                    </li>
                  ))}
                </ul>
              </>
            )
          }
        </Answered>
        <Told change={change} />
      </Card>
      <Card title={t('sandbox.runs')}>
        <Paged query={runsQuery} what={t('sandbox.loadRuns')} none={t('sandbox.noRuns')}>
          {(runs) => (
            <RowsTable<Run>
              label={t('sandbox.runs')}
              rows={runs}
              rowKey={({ id }) => id}
              columns={[
                { head: t('sandbox.scenario'), cell: ({ scenario }) => scenario },
                {
                  head: t('sandbox.onSpreader'),
                  cell: ({ spreader: number }) =>
                    number && (
                      <Link to="/spreaders/$number" params={{ number }} className="target" data-row-link>
                        {number}
                      </Link>
                    ),
                },
                {
                  head: t('sandbox.state'),
                  cell: ({ state, detail }) => (
                    <>
                      {t(`sandbox.states.${state}`)}
                      {detail && <div className="muted small">{detail}</div>}
                    </>
                  ),
                },
                { head: t('sandbox.at'), cell: ({ started_at: at }) => <TimeText at={at} timeZone={zone} /> },
              ]}
            />
          )}
        </Paged>
      </Card>
    </IntegrationsFrame>
  );
}
