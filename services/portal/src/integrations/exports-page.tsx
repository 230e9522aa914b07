import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { terminalsQuery } from '../api/queries';
import { request } from '../api/request';
import { ChangeForm, TextField, Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { LevelIcon } from '../parts/condition-mark';
import { countText, quantityText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { serverNow } from '../time/clock';
import { useListZone } from '../time/use-list-zone';
import { fromZonedInput, toZonedInput } from '../time/zoned-input';
import { IntegrationsFrame } from './frame';
import { exportsQuery, type ExportJob } from './queries';

const datasets = ['moves', 'findings', 'signal_minutes'] as const;
const formats = ['csv', 'ndjson', 'parquet'] as const;
const level = { waiting: 'watch', running: 'watch', ready: 'ok', failed: 'act_now', expired: 'no_data' } as const;

/** Bulk data as files: asked for, made in the background, fetched by who asked. */
export function ExportsPage() {
  const { t } = useTranslation();
  return (
    <IntegrationsFrame name={t('integrations.exports')} lead={t('exports.lead')}>
      <ListCard />
      <CreateCard />
    </IntegrationsFrame>
  );
}

function ListCard() {
  const { t } = useTranslation();
  const zone = useListZone();
  const query = useQuery(exportsQuery);
  const change = useChange('exports');
  return (
    <Card title={t('exports.mine')} aside={<span className="muted">{t('chart.zone', { zone })}</span>}>
      <Answered query={query} what={t('exports.load')}>
        {(jobs) =>
          jobs.length === 0 ? (
            <p className="note">{t('exports.none')}</p>
          ) : (
            <RowsTable<ExportJob>
              label={t('exports.mine')}
              rows={jobs}
              rowKey={({ id }) => id}
              columns={[
                {
                  head: t('exports.what'),
                  cell: ({ dataset, format }) =>
                    `${t(`exports.datasets.${dataset}`)}, ${t(`exports.formats.${format}`)}`,
                },
                {
                  head: t('exports.time'),
                  cell: ({ from, to }) => (
                    <>
                      <TimeText at={from} timeZone={zone} /> – <TimeText at={to} timeZone={zone} />
                    </>
                  ),
                },
                {
                  head: t('exports.state'),
                  cell: ({ state, error }) => (
                    <>
                      <span className={`condition level-${level[state]}`}>
                        <LevelIcon level={level[state]} />
                        {t(`exports.states.${state}`)}
                      </span>
                      {error && <div className="muted small">{error}</div>}
                    </>
                  ),
                },
                {
                  head: t('exports.size'),
                  cell: ({ rows, bytes, sha256 }) => (
                    <>
                      {rows !== null && t('exports.rows', { count: rows, n: countText(rows) })}
                      {bytes !== null && `, ${quantityText(Math.ceil(bytes / 1000), 'kB')}`}
                      {sha256 !== null && (
                        <div className="muted small">
                          SHA-256 <code className="break">{sha256}</code>
                        </div>
                      )}
                    </>
                  ),
                },
                {
                  head: t('exports.file'),
                  cell: ({ id, state, file, expires_at: end, dataset, format }) => (
                    <div className="form-do">
                      {state === 'ready' && file !== null && (
                        <a className="button" href={file} download={`${dataset}-${id}.${format}`}>
                          {t('exports.save')}
                        </a>
                      )}
                      <button
                        type="button"
                        className="button"
                        aria-label={t('exports.deleteLabel', { what: t(`exports.datasets.${dataset}`), id })}
                        onClick={() =>
                          void change.make(async () => void (await request('deleteExport', { path: { id } })))
                        }
                      >
                        {t('exports.delete')}
                      </button>
                      {state === 'ready' && (
                        <span className="muted small">
                          {t('exports.until')} <TimeText at={end} timeZone={zone} />
                        </span>
                      )}
                    </div>
                  ),
                },
              ]}
            />
          )
        }
      </Answered>
      <Told change={change} />
    </Card>
  );
}

function CreateCard() {
  const { t } = useTranslation();
  const zone = useListZone();
  const { data: terminals = [] } = useQuery(terminalsQuery);
  const change = useChange('exports');
  const [dataset, setDataset] = useState<(typeof datasets)[number]>('moves');
  const [format, setFormat] = useState<(typeof formats)[number]>('csv');
  const [from, setFrom] = useState(() => toZonedInput(serverNow() - 7 * 86_400_000, zone));
  const [to, setTo] = useState(() => toZonedInput(serverNow(), zone));
  const [terminal, setTerminal] = useState('');
  const [spreader, setSpreader] = useState('');
  const [signals, setSignals] = useState('');
  const time = (text: string): string | undefined => {
    const at = fromZonedInput(text, zone);
    return at === undefined ? undefined : new Date(at).toISOString();
  };
  const send = (): void =>
    void change.make(async () => {
      const wanted = signals.split(/[\s,;]+/).filter(Boolean);
      await request('createExport', {
        body: {
          dataset,
          format,
          from: time(from),
          to: time(to),
          ...(terminal ? { terminal } : {}),
          ...(spreader.trim() ? { spreader: spreader.trim() } : {}),
          ...(dataset === 'signal_minutes' && wanted.length > 0 ? { signals: wanted } : {}),
        },
      });
      return t('exports.begun');
    });
  return (
    <Card title={t('exports.create')}>
      <ChangeForm change={change} send={t('exports.createDo')} onSend={send}>
        <Choose
          label={t('exports.what')}
          value={dataset}
          onChange={(value) => setDataset(datasets.find((one) => one === value) ?? 'moves')}
          options={datasets.map((value) => ({ value, label: t(`exports.datasets.${value}`) }))}
        />
        <Choose
          label={t('exports.format')}
          value={format}
          onChange={(value) => setFormat(formats.find((one) => one === value) ?? 'csv')}
          options={formats.map((value) => ({ value, label: t(`exports.formats.${value}`) }))}
        />
        <TextField label={t('exports.from', { zone })} type="datetime-local" value={from} onChange={setFrom} />
        <TextField label={t('exports.to', { zone })} type="datetime-local" value={to} onChange={setTo} />
        <Choose
          label={t('terminal.label')}
          value={terminal}
          onChange={setTerminal}
          options={[
            { value: '', label: t('terminal.all') },
            ...terminals.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <TextField label={t('exports.spreader')} required={false} value={spreader} onChange={setSpreader} most={64} />
        {dataset === 'signal_minutes' && (
          <TextField
            label={t('exports.signals')}
            hint={t('exports.signalsHint')}
            required={false}
            rows={2}
            most={5000}
            value={signals}
            onChange={setSignals}
          />
        )}
      </ChangeForm>
    </Card>
  );
}
