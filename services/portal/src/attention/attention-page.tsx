import '../i18n/load-attention-texts';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { alarmsQuery, attentionQuery, terminalsQuery, type Attention, type Level } from '../api/queries';
import { recentAlarms } from '../alarms/flood';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { LevelIcon } from '../parts/condition-mark';
import { PageHead } from '../parts/page';
import { countText, hoursText } from '../parts/quantity';
import { TerminalSelect } from '../parts/terminal-select';
import { useNow } from '../time/clock';
import { FirstList } from './first-list';
import { PlanCard } from './plan-card';

/** Which spreaders need work today, why, what to do, and what it costs if we don't. */
export function AttentionPage() {
  const { t } = useTranslation();
  const { terminal } = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const query = useQuery({ ...attentionQuery(terminal), placeholderData: keepPreviousData });
  const terminals = useQuery(terminalsQuery);
  const data = query.data;
  const worst = terminal ?? data?.first[0]?.terminal_id ?? terminals.data?.[0]?.id;

  return (
    <>
      <PageHead
        title={data ? <Headline data={data} /> : t('attention.title')}
        name={t('attention.title')}
        lead={data && <Lead data={data} />}
      >
        <TerminalSelect
          value={terminal}
          onChange={(next) => void navigate({ search: (old) => ({ ...old, terminal: next }), replace: true })}
        />
      </PageHead>
      <Tiles data={data} terminal={terminal} />
      <div className="split">
        <Card title={t('attention.first')}>
          <Answered query={query} what={t('what.attention')}>
            {(answer) => <FirstList data={answer} />}
          </Answered>
        </Card>
        <PlanCard terminalId={worst} lifts={data?.lifts_24h} scoped={terminal !== undefined} />
      </div>
    </>
  );
}

function Headline({ data }: { readonly data: Attention }) {
  const { t } = useTranslation();
  if (data.spreaders === 0) return <>{t('attention.empty')}</>;
  const { act_now: count, no_data: unknown } = data.counts;
  const total = countText(data.spreaders);
  // Silence is not health: nobody is told that nothing needs work while something is not known.
  if (count > 0 || unknown === 0) return <>{t('attention.headline', { count, total })}</>;
  return <>{t('attention.notKnown', { count: unknown, total, n: countText(unknown) })}</>;
}

function Lead({ data }: { readonly data: Attention }) {
  const { t } = useTranslation();
  if (data.spreaders === 0) return <>{t('attention.emptyHint')}</>;
  const silent = data.counts.no_data - data.catching_up;
  return (
    <>
      {data.risk_hours > 0 ? t('attention.risk', { hours: hoursText(data.risk_hours) }) : t('attention.noRisk')}{' '}
      {silent > 0 && t('attention.unknown', { count: silent })}{' '}
      {data.catching_up > 0 && t('attention.catchingUp', { count: data.catching_up })}
    </>
  );
}

function Tiles({ data, terminal }: { readonly data: Attention | undefined; readonly terminal: string | undefined }) {
  const { t } = useTranslation();
  const alarms = useQuery(alarmsQuery);
  const now = useNow(5);
  const inScope = alarms.data?.filter((alarm) => terminal === undefined || alarm.terminal_id === terminal);
  return (
    <div className="tiles">
      {(['act_now', 'plan', 'no_data'] as const).map((level) => (
        <Tile key={level} level={level} label={t(`condition.${level}`)} n={data?.counts[level]}>
          <Link
            to="/fleet"
            search={{ condition: level, terminal }}
            className="tile-link"
            aria-label={`${t(`condition.${level}`)}: ${data?.counts[level] ?? ''}`}
          />
        </Tile>
      ))}
      <Tile label={t('attention.alarms10')} n={inScope && recentAlarms(inScope, now).length}>
        <Link to="/alarms" search={{ terminal }} className="tile-link" aria-label={t('attention.alarms10')} />
      </Tile>
    </div>
  );
}

function Tile(props: {
  readonly label: string;
  readonly n: number | undefined;
  readonly level?: Level;
  readonly children: ReactNode;
}) {
  return (
    <div className="card tile">
      <span className="tile-label">
        {props.level && (
          <span className={props.n ? `level-${props.level}` : 'level-ok'}>
            <LevelIcon level={props.level} />
          </span>
        )}
        {props.label}
      </span>
      <span className="tile-number">{props.n === undefined ? '–' : countText(props.n)}</span>
      {props.children}
    </div>
  );
}
