import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { ChangeForm, TextField } from '../change/fields';
import { useChange } from '../change/use-change';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import type { KpisSearch } from '../router';
import { serverNow } from '../time/clock';
import { useListZone } from '../time/use-list-zone';
import { fromZonedInput, toZonedInput } from '../time/zoned-input';
import { stopsQuery } from './queries';

const causes = ['equipment', 'operator', 'container', 'crane', 'power', 'planned'] as const;
const endings = ['repair', 'reset', 'spreader_change', 'none'] as const;

/** Stops that the figures count, and the form to record one. */
export function StopsCard({ search }: { readonly search: KpisSearch }) {
  const { t } = useTranslation();
  const zone = useListZone();
  const { data: me } = useQuery(meQuery);
  const query = useQuery(stopsQuery(search));
  return (
    <Card title={t('stops.title')}>
      <p className="note">{t('stops.lead', { zone })}</p>
      <Answered query={query} what={t('stops.load')}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="note">{t('stops.none')}</p>
          ) : (
            <RowsTable
              label={t('stops.title')}
              rows={data}
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
                { head: t('stops.from'), cell: ({ from }) => <TimeText at={from} timeZone={zone} /> },
                {
                  head: t('stops.to'),
                  cell: ({ to }) => (to === null ? t('stops.goesOn') : <TimeText at={to} timeZone={zone} />),
                },
                { head: t('stops.cause'), cell: ({ cause }) => t(`stops.causes.${cause}`) },
                { head: t('stops.ending'), cell: ({ ending }) => t(`stops.endings.${ending}`) },
                { head: t('stops.rootCause'), cell: ({ root_cause: root }) => root },
                {
                  head: t('stops.said'),
                  cell: ({ confirmed }) => t(confirmed ? 'stops.recorded' : 'stops.suggested'),
                },
              ]}
            />
          )
        }
      </Answered>
      {may(me, 'alarms.write') && <RecordForm zone={zone} />}
    </Card>
  );
}

function RecordForm({ zone }: { readonly zone: string }) {
  const { t } = useTranslation();
  const change = useChange('stops', 'kpis');
  const [spreader, setSpreader] = useState('');
  const [from, setFrom] = useState(() => toZonedInput(serverNow() - 3_600_000, zone));
  const [to, setTo] = useState(() => toZonedInput(serverNow(), zone));
  const [cause, setCause] = useState<(typeof causes)[number]>('equipment');
  const [ending, setEnding] = useState<(typeof endings)[number]>('repair');
  const [root, setRoot] = useState('');
  const [note, setNote] = useState('');
  const iso = (text: string): string | null => {
    const at = fromZonedInput(text, zone);
    return at === undefined ? null : new Date(at).toISOString();
  };
  const send = (): void =>
    void change
      .make(async () => {
        const begin = iso(from);
        if (begin === null) throw new Error(t('stops.noBegin'));
        const said = note.trim() ? { note: note.trim() } : {};
        const body = { from: begin, to: iso(to), cause, ending, root_cause: root.trim(), times: null, ...said };
        await request('recordStop', { path: { id: spreader.trim() }, body });
        return t('stops.done', { spreader: spreader.trim() });
      })
      .then((done) => {
        if (!done) return;
        setRoot('');
        setNote('');
      });
  return (
    <>
      <h3>{t('stops.record')}</h3>
      <ChangeForm change={change} send={t('stops.send')} onSend={send}>
        <TextField label={t('stops.spreader')} placeholder="SPR-0103" value={spreader} onChange={setSpreader} />
        <TextField label={t('stops.from')} type="datetime-local" value={from} onChange={setFrom} />
        <TextField
          label={t('stops.to')}
          hint={t('stops.toHint')}
          type="datetime-local"
          required={false}
          value={to}
          onChange={setTo}
        />
        <Choose
          label={t('stops.cause')}
          value={cause}
          onChange={(value) => setCause(causes.find((one) => one === value) ?? 'equipment')}
          options={causes.map((value) => ({ value, label: t(`stops.causes.${value}`) }))}
        />
        <Choose
          label={t('stops.ending')}
          value={ending}
          onChange={(value) => setEnding(endings.find((one) => one === value) ?? 'repair')}
          options={endings.map((value) => ({ value, label: t(`stops.endings.${value}`) }))}
        />
        <TextField label={t('stops.rootCause')} hint={t('stops.rootHint')} value={root} onChange={setRoot} most={64} />
        <TextField label={t('stops.note')} required={false} value={note} onChange={setNote} rows={2} most={500} />
      </ChangeForm>
    </>
  );
}
