import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import '../i18n/load-change-texts';
import { ApiFault } from '../api/request';
import { may, meQuery, spreaderQuery, type SpreaderDetail } from '../api/queries';
import { AgeText } from '../parts/age-text';
import { Answered } from '../parts/answered';
import { Blanks } from '../parts/blanks';
import { caughtUpTo, shownCondition } from '../parts/condition';
import { ConditionMark } from '../parts/condition-mark';
import { PageHead } from '../parts/page';
import { PlaceFrame, type SubPlace } from '../parts/place-frame';
import { countText } from '../parts/quantity';
import { useNow } from '../time/clock';
import { timeWords } from '../time/format-time';

/** What stands around every page of a spreader: which one, how it is, and the other pages. */
export function SpreaderFrame(props: { readonly children: (spreader: SpreaderDetail) => ReactNode }) {
  const { t } = useTranslation();
  const { number } = useParams({ strict: false }) as { number: string };
  const query = useQuery(spreaderQuery(number));

  if (query.data === undefined && query.error instanceof ApiFault && query.error.status === 404) {
    const title = t('spreader.notFound', { number });
    return (
      <>
        <PageHead title={title} name={title} lead={t('spreader.notFoundHint')} />
        <Link to="/fleet">{t('spreader.toFleet')}</Link>
      </>
    );
  }
  return (
    <Answered
      query={query}
      what={t('what.spreader')}
      blank={
        <>
          <PageHead title={number} name={number} />
          <div className="card">
            <Blanks rows={8} />
          </div>
        </>
      }
    >
      {(spreader) => (
        <Framed key={spreader.id} spreader={spreader}>
          {props.children(spreader)}
        </Framed>
      )}
    </Answered>
  );
}

function Framed({ spreader, children }: { readonly spreader: SpreaderDetail; readonly children: ReactNode }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const { model, crane, terminal, number } = spreader;
  const where = crane
    ? t('spreader.on', { model, crane: crane.number, terminal: terminal.name })
    : t('spreader.off', { model, terminal: terminal.name });
  const params = { number };
  const places: readonly SubPlace[] = [
    { to: '/spreaders/$number', params, label: t('spreader.now') },
    ...(may(me, 'series.read')
      ? [{ to: '/spreaders/$number/replay', params, label: t('spreader.replay') } as const]
      : []),
    { to: '/spreaders/$number/coverage', params, label: t('spreader.coverage') },
    ...(may(me, 'devices.read') ? [{ to: '/spreaders/$number/data', params, label: t('spreader.data') } as const] : []),
    ...(may(me, 'fleet.read')
      ? [{ to: '/spreaders/$number/parts', params, label: t('spreader.partsTab') } as const]
      : []),
  ];
  return (
    <PlaceFrame
      place={t('what.spreader')}
      name={number}
      title={
        <>
          {number} <span className="model">{where}</span>
        </>
      }
      lead={<Lead spreader={spreader} />}
      places={places}
      tools={
        <button type="button" className="button no-print" onClick={() => window.print()}>
          {t('spreader.print')}
        </button>
      }
    >
      {children}
    </PlaceFrame>
  );
}

function Lead({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const now = useNow(30);
  const { health, last_seen_at: seen, lifts_24h: lifts, terminal } = spreader;
  const behind = caughtUpTo(spreader, now);
  const [before, after] = t('spreader.seen', { age: '\u0000' }).split('\u0000');
  return (
    <>
      <ConditionMark level={shownCondition(spreader, now)} />{' '}
      {health.score !== null
        ? t('spreader.health', { score: Math.round(health.score) })
        : behind === null
          ? t('spreader.noHealth')
          : t('spreader.catchingUp', { time: timeWords(terminal.time_zone).dateTime(behind, now) })}{' '}
      {seen === null ? (
        t('spreader.neverSeen')
      ) : (
        <>
          {before}
          <AgeText at={seen} timeZone={terminal.time_zone} />
          {after}
        </>
      )}{' '}
      {t('spreader.lifts', { count: lifts, n: countText(lifts) })}
    </>
  );
}
