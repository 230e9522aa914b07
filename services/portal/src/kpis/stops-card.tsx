import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { ChangeForm, TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import type { KpisSearch } from '../router';
import { serverNow } from '../time/clock';
import { useListZone } from '../time/use-list-zone';
import { stopsQuery } from './queries';
import { StopDialog } from './stop-dialog';
import { blankStop, stopBodyOf, type Stop } from './stop-draft';
import { StopFields } from './stop-fields';

/** Rows shown at first, and each time somebody asks for more. */
const rowsAtOnce = 50;

/** Stops that the figures count, each to be corrected or confirmed, and the form to record one. */
export function StopsCard({ search }: { readonly search: KpisSearch }) {
  const { t } = useTranslation();
  const words = useWords();
  const zone = useListZone();
  const { data: me } = useQuery(meQuery);
  const writes = may(me, 'alarms.write');
  const query = useQuery(stopsQuery(search));
  const change = useChange('stops', 'kpis');
  const [telling, setTelling] = useState<Stop | null>(null);
  const [rows, setRows] = useState(rowsAtOnce);
  return (
    <Card title={t('stops.title')}>
      <p className="note">{t('stops.lead', { zone })}</p>
      <Told change={change} />
      <Answered query={query} what={t('stops.load')}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="note">{t('stops.none')}</p>
          ) : (
            <>
              <RowsTable<Stop>
                label={t('stops.title')}
                rows={data.slice(0, rows)}
                rowKey={({ id }) => id}
                columns={[
                  {
                    head: t('stops.spreader'),
                    cell: ({ spreader_number: number }) => (
                      <Link to="/spreaders/$number" params={{ number }}>
                        {number}
                      </Link>
                    ),
                  },
                  {
                    head: t('stops.from'),
                    cell: ({ spreader_number: number, from }) => (
                      <Link
                        to="/spreaders/$number/replay"
                        params={{ number }}
                        search={{ at: from }}
                        title={t('stops.replay')}
                      >
                        <TimeText at={from} timeZone={zone} />
                      </Link>
                    ),
                  },
                  {
                    head: t('stops.to'),
                    cell: ({ to }) => (to === null ? t('stops.goesOn') : <TimeText at={to} timeZone={zone} />),
                  },
                  {
                    head: t('stops.cause'),
                    cell: ({ cause, root_cause: root, note }) => (
                      <>
                        {t(`stops.causes.${cause}`)}
                        <div className="muted small">{rootText(root, words.component)}</div>
                        {note && <div className="muted small">{note}</div>}
                      </>
                    ),
                  },
                  {
                    head: t('stops.ending'),
                    cell: ({ ending, confirmed }) => (confirmed ? t(`stops.endings.${ending}`) : t('kpis.unknown')),
                  },
                  {
                    head: t('stops.said'),
                    cell: ({ confirmed }) => t(confirmed ? 'stops.recorded' : 'stops.suggested'),
                  },
                  ...(writes
                    ? [
                        {
                          head: t('stops.do'),
                          cell: (stop: Stop) => (
                            <button
                              type="button"
                              className="button"
                              aria-label={t(stop.confirmed ? 'stops.correctTitle' : 'stops.confirmTitle', {
                                spreader: stop.spreader_number,
                              })}
                              onClick={() => setTelling(stop)}
                            >
                              {t(stop.confirmed ? 'stops.correct' : 'stops.confirm')}
                            </button>
                          ),
                        },
                      ]
                    : []),
                ]}
              />
              {data.length > rows && (
                <p className="form-do no-print">
                  <button type="button" className="button" onClick={() => setRows(rows + rowsAtOnce)}>
                    {t('change.more')}
                  </button>
                </p>
              )}
            </>
          )
        }
      </Answered>
      {telling && <StopDialog stop={telling} zone={zone} change={change} onClose={() => setTelling(null)} />}
      {writes && <RecordForm zone={zone} />}
    </Card>
  );
}

/** A root cause as people read it: of `FM-02 TL[1]` the component in words; what a technician wrote stays as it is. */
export function rootText(root: string, component: (code: string) => string): string {
  const [, mode, code] = /^(FM-\d+) (\S+)$/.exec(root) ?? [];
  return mode && code ? `${component(code)} (${mode})` : root;
}

function RecordForm({ zone }: { readonly zone: string }) {
  const { t } = useTranslation();
  const change = useChange('stops', 'kpis');
  const [spreader, setSpreader] = useState('');
  const [draft, setDraft] = useState(() => blankStop(serverNow(), zone));
  const send = (): void =>
    void change
      .make(async () => {
        const body = stopBodyOf(draft, zone);
        if (body === null) throw new Error(t('stops.noBegin'));
        await request('recordStop', { path: { id: spreader.trim() }, body });
        return t('stops.done', { spreader: spreader.trim() });
      })
      .then((done) => done && setDraft(blankStop(serverNow(), zone)));
  return (
    <details>
      <summary>{t('stops.record')}</summary>
      <ChangeForm change={change} send={t('stops.send')} onSend={send}>
        <TextField label={t('stops.spreader')} placeholder="SPR-0103" value={spreader} onChange={setSpreader} />
        <StopFields draft={draft} zone={zone} onChange={setDraft} />
      </ChangeForm>
    </details>
  );
}
