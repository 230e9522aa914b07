import '../i18n/load-replay-texts';
import './replay.css';
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { findingQuery, type SpreaderDetail } from '../api/queries';
import { request } from '../api/request';
import { Answered } from '../parts/answered';
import { Blanks } from '../parts/blanks';
import { Card } from '../parts/card';
import { Choose } from '../parts/choose';
import { SpreaderFrame } from '../spreader/frame';
import { serverNow } from '../time/clock';
import { timeWords } from '../time/format-time';
import { fromZonedInput, toZonedInput } from '../time/zoned-input';
import { Recording } from './recording';
import { lengths, moved, windowOf, zoomed, type Window } from './window';

const replayQuery = (number: string, { from, to }: Window) =>
  queryOptions({
    queryKey: ['replay', number, from, to],
    queryFn: ({ signal }) =>
      request('getReplay', {
        path: { id: number },
        query: { from: new Date(from).toISOString(), to: new Date(to).toISOString(), max_points: 900 },
        signal,
      }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** What happened: every signal of a window on one time axis, around any case. */
export const ReplayPage = () => <SpreaderFrame>{(spreader) => <Replayed spreader={spreader} />}</SpreaderFrame>;

function Replayed({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const search = useSearch({ from: '/spreaders/$number/replay' });
  const navigate = useNavigate({ from: '/spreaders/$number/replay' });
  const opened = useRef(serverNow());
  const { data: finding } = useQuery(findingQuery(search.finding));
  const around = search.at ? Date.parse(search.at) : finding ? Date.parse(finding.first_seen_at) : undefined;
  // While the case is not here yet, its window is not known.
  const known = search.from !== undefined || search.finding === undefined || finding !== undefined;
  const window = windowOf(search.from === undefined && finding ? finding.replay : search, around, opened.current);
  const zone = spreader.terminal.time_zone;
  const query = useQuery({ ...replayQuery(spreader.number, window), enabled: known });
  const go = ({ from, to }: Window): void =>
    void navigate({
      search: (before) => ({ ...before, from: new Date(from).toISOString(), to: new Date(to).toISOString() }),
      replace: true,
      resetScroll: false,
    });
  const length = Math.round((window.to - window.from) / 60_000);
  const middle = (window.from + window.to) / 2;
  return (
    <>
      <Card
        title={t('replay.window')}
        aside={<span className="muted">{t('chart.zone', { zone: timeWords(zone).timeZone })}</span>}
      >
        {finding && (
          <p className="finding">
            {t('replay.around')}{' '}
            <Link
              to="/spreaders/$number"
              params={{ number: spreader.number }}
              search={{ finding: finding.id }}
              className="target"
            >
              {finding.title}
            </Link>
          </p>
        )}
        <div className="tools">
          <TimeField
            label={t('replay.from')}
            at={window.from}
            zone={zone}
            onChange={(from) => go({ from, to: from + window.to - window.from })}
          />
          <Choose
            label={t('replay.length')}
            value={String(length)}
            onChange={(value) => go({ from: window.from, to: window.from + Number(value) * 60_000 })}
            options={[...new Set([...lengths, length])]
              .sort((a, b) => a - b)
              .map((value) => ({
                value: String(value),
                label: value % 60 === 0 ? t('replay.hours', { n: value / 60 }) : t('replay.minutes', { n: value }),
              }))}
          />
          <button type="button" className="button" onClick={() => go(moved(window, -0.5))}>
            {t('replay.earlier')}
          </button>
          <button type="button" className="button" onClick={() => go(moved(window, 0.5))}>
            {t('replay.later')}
          </button>
          <button type="button" className="button" onClick={() => go(zoomed(window, 0.5, middle))}>
            {t('replay.closer')}
          </button>
          <button type="button" className="button" onClick={() => go(zoomed(window, 2, middle))}>
            {t('replay.wider')}
          </button>
        </div>
      </Card>
      {known ? (
        <Answered query={query} what={t('replay.load')} blank={<Blanks rows={10} />}>
          {(replay) => (
            <Recording
              key={`${replay.from} ${replay.to}`}
              replay={replay}
              spreader={spreader}
              finding={finding}
              around={around}
              showWindow={go}
            />
          )}
        </Answered>
      ) : (
        <Blanks rows={10} />
      )}
    </>
  );
}

/** A time on the terminal's clock; what is half typed changes nothing. */
function TimeField(props: {
  readonly label: string;
  readonly at: number;
  readonly zone: string;
  readonly onChange: (at: number) => void;
}) {
  return (
    <div className="field">
      <label htmlFor="replay-from">{props.label}</label>
      <input
        id="replay-from"
        type="datetime-local"
        key={props.at}
        defaultValue={toZonedInput(props.at, props.zone)}
        onBlur={(event) => {
          const at = fromZonedInput(event.currentTarget.value, props.zone);
          if (at !== undefined && at !== Math.floor(props.at / 60_000) * 60_000) props.onChange(at);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
    </div>
  );
}
