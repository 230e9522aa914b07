import '../i18n/load-device-texts';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { LevelIcon } from '../parts/condition-mark';
import { countText } from '../parts/quantity';
import { RowsTable } from '../parts/rows-table';
import { TimeText } from '../parts/time-text';
import { completenessQuery, type Completeness } from './queries';

/** Until when the data of a spreader are complete, and what is missing. */
export function CompletenessCard({ spreaderId, zone }: { readonly spreaderId: string; readonly zone: string }) {
  const { t } = useTranslation();
  const query = useQuery(completenessQuery(spreaderId));
  return (
    <Card title={t('complete.title')} aside={<span className="muted">{t('chart.zone', { zone })}</span>}>
      <Answered query={query} what={t('complete.load')}>
        {(answer) =>
          answer.streams.length === 0 ? (
            <p className="note">{t('complete.none')}</p>
          ) : (
            <Body answer={answer} zone={zone} />
          )
        }
      </Answered>
    </Card>
  );
}

function Body({ answer, zone }: { readonly answer: Completeness; readonly zone: string }) {
  const { t } = useTranslation();
  const holes = answer.streams.flatMap(({ btu, boot, stream, missing }) =>
    missing.map((hole) => ({ ...hole, btu, boot, stream })),
  );
  return (
    <>
      <p>
        {answer.complete_until === null ? (
          t('complete.never')
        ) : (
          <strong>
            {t('complete.until')} <TimeText at={answer.complete_until} timeZone={zone} />
          </strong>
        )}{' '}
        {answer.missing_frames === 0 ? (
          t('complete.nothingMissing')
        ) : (
          <span className="condition level-watch">
            <LevelIcon level="watch" />
            {t('complete.missing', { count: answer.missing_frames, n: countText(answer.missing_frames) })}
          </span>
        )}
      </p>
      {holes.length > 0 && (
        <>
          <h3>{t('complete.holes')}</h3>
          <RowsTable
            label={t('complete.holes')}
            rows={holes}
            rowKey={({ btu, boot, stream, from_seq: from }) => `${btu} ${boot} ${stream} ${from}`}
            columns={[
              {
                head: t('complete.frames'),
                cell: ({ from_seq: from, to_seq: to, stream }) =>
                  t('complete.range', { from: countText(from), to: countText(to), stream }),
              },
              {
                head: t('complete.between'),
                cell: ({ after, before }) => (
                  <>
                    {after === null ? t('complete.start') : <TimeText at={after} timeZone={zone} />} –{' '}
                    <TimeText at={before} timeZone={zone} />
                  </>
                ),
              },
              { head: t('devices.serial'), cell: ({ btu, boot }) => t('complete.boot', { btu, boot }) },
              {
                head: t('complete.outlook'),
                cell: ({ lost }) => (lost ? t('complete.lost') : t('complete.mayCome')),
              },
            ]}
          />
        </>
      )}
      {answer.streams.some(({ truncated }) => truncated) && <p className="note">{t('complete.truncated')}</p>}
      <details>
        <summary>{t('complete.streams')}</summary>
        <RowsTable
          label={t('complete.streams')}
          rows={answer.streams}
          rowKey={({ btu, boot, stream }) => `${btu} ${boot} ${stream}`}
          columns={[
            { head: t('complete.stream'), cell: ({ stream }) => stream },
            { head: t('devices.serial'), cell: ({ btu, boot }) => t('complete.boot', { btu, boot }) },
            { head: t('complete.last'), right: true, cell: ({ last_seq: seq }) => countText(seq) },
            { head: t('complete.lastAt'), cell: ({ last_at: at }) => <TimeText at={at} timeZone={zone} /> },
            {
              head: t('complete.until'),
              cell: ({ complete_until: at }) => (at ? <TimeText at={at} timeZone={zone} /> : t('complete.never')),
            },
          ]}
        />
      </details>
    </>
  );
}
