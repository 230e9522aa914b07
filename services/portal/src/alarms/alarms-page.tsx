import '../i18n/load-alarm-texts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { alarmsQuery, may, meQuery, terminalsQuery, type Alarm } from '../api/queries';
import { Answered } from '../parts/answered';
import { Boundary } from '../parts/card';
import { Choose } from '../parts/choose';
import { PageHead } from '../parts/page';
import { TerminalSelect } from '../parts/terminal-select';
import { serverNow, useNow } from '../time/clock';
import { timeWords } from '../time/format-time';
import { listZone } from '../time/list-zone';
import { groupByCause, newestFirst } from './alarm-groups';
import { AlarmGroupRow } from './alarm-group-row';
import { AlarmRow } from './alarm-row';
import { FloodBanner } from './flood-banner';
import { useTakeAlarms } from './use-take-alarms';

/** Open alarms, whatever their age: by cause or newest first. */
export function AlarmsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/alarms' });
  const navigate = useNavigate({ from: '/alarms' });
  const query = useQuery(alarmsQuery);
  const terminals = useQuery(terminalsQuery).data ?? [];
  const [held, setHeld] = useState<{ readonly ids: ReadonlySet<string>; readonly at: number } | null>(null);

  const inScope = useMemo(
    () => query.data?.filter((alarm) => search.terminal === undefined || alarm.terminal_id === search.terminal),
    [query.data, search.terminal],
  );
  const shown = useHeld(inScope, held);
  const zone = listZone(terminals, search.terminal);
  const news = held && inScope ? inScope.filter(({ id }) => !held.ids.has(id)).length : 0;

  return (
    <>
      <PageHead title={t('alarms.title')} name={t('alarms.title')} lead={t('alarms.zone', { zone })}>
        <TerminalSelect
          value={search.terminal}
          onChange={(terminal) => void navigate({ search: (old) => ({ ...old, terminal }), replace: true })}
        />
        <Choose
          label={t('alarms.order')}
          value={search.order ?? 'cause'}
          onChange={(value) => {
            const order = value === 'newest' ? ('newest' as const) : undefined;
            void navigate({ search: (old) => ({ ...old, order }), replace: true });
          }}
          options={[
            { value: 'cause', label: t('alarms.byCause') },
            { value: 'newest', label: t('alarms.newest') },
          ]}
        />
        <button
          type="button"
          className="button"
          aria-pressed={held !== null}
          onClick={() =>
            setHeld(held || !inScope ? null : { ids: new Set(inScope.map(({ id }) => id)), at: serverNow() })
          }
        >
          {held ? t('alarms.release') : t('alarms.hold')}
        </button>
      </PageHead>
      {held && (
        <p className="note bar" role="status">
          {t('alarms.held', { count: news, time: timeWords(zone).seconds(held.at) })}
        </p>
      )}
      <section className="card alarms" aria-label={t('alarms.title')}>
        <Boundary>
          <Answered query={query} what={t('what.alarms')}>
            {() => <AlarmList alarms={shown ?? []} all={inScope ?? []} checkedAt={query.dataUpdatedAt} zone={zone} />}
          </Answered>
        </Boundary>
      </section>
    </>
  );
}

/** The list as it is, or, while it is held, the alarms that were there (with their state of now) and no other. */
function useHeld(
  alarms: readonly Alarm[] | undefined,
  held: { readonly ids: ReadonlySet<string> } | null,
): readonly Alarm[] | undefined {
  const before = useRef(new Map<string, Alarm>());
  return useMemo(() => {
    if (!alarms) return undefined;
    const now = new Map(alarms.map((alarm) => [alarm.id, alarm] as const));
    if (!held) {
      before.current = now;
      return alarms;
    }
    return [...held.ids].flatMap((id) => {
      const alarm = now.get(id);
      if (alarm) before.current.set(id, alarm);
      const last = alarm ?? before.current.get(id);
      // What left the list meanwhile stays in its place, as closed.
      return last ? [alarm ?? { ...last, state: 'normal' as const }] : [];
    });
  }, [alarms, held]);
}

function AlarmList(props: {
  readonly alarms: readonly Alarm[];
  readonly all: readonly Alarm[];
  readonly checkedAt: number;
  readonly zone: string;
}) {
  const { t } = useTranslation();
  const search = useSearch({ from: '/alarms' });
  const me = useQuery(meQuery).data;
  const terminals = useQuery(terminalsQuery).data ?? [];
  const zoneOf = useMemo(() => new Map(terminals.map(({ id, time_zone }) => [id, time_zone] as const)), [terminals]);
  const { take, taking, failure } = useTakeAlarms();
  const { alarms } = props;
  const groups = useMemo(() => groupByCause(alarms), [alarms]);
  const about = {
    me,
    mayTake: may(me, 'alarms.write'),
    take,
    taking,
    chosen: search.alarm,
    zone: props.zone,
    zoneOf: (alarm: Alarm) => zoneOf.get(alarm.terminal_id) ?? 'UTC',
  };

  return (
    <>
      <Count n={props.all.length} />
      <FloodBanner alarms={props.all} zone={props.zone} />
      {failure !== null && (
        <p className="bar bad" role="alert">
          {failure}
        </p>
      )}
      {alarms.length === 0 ? (
        <p className="note">
          {search.terminal === undefined
            ? t('alarms.none', { time: timeWords(props.zone).clock(props.checkedAt) })
            : t('alarms.noneHere', { time: timeWords(props.zone).clock(props.checkedAt) })}
        </p>
      ) : search.order === 'newest' ? (
        <ul className="alarm-list">
          {newestFirst(alarms).map((alarm) => (
            <AlarmRow key={alarm.id} alarm={alarm} about={about} />
          ))}
        </ul>
      ) : (
        <ul className="alarm-list">
          {groups.map((group) => (
            <AlarmGroupRow key={group.code} group={group} about={about} />
          ))}
        </ul>
      )}
    </>
  );
}

/** Tells people who don't see the screen how many alarms are open: at most once in ten seconds, never each event. */
function Count({ n }: { readonly n: number }) {
  const { t } = useTranslation();
  const now = useNow(10);
  const [told, setTold] = useState(n);
  const latest = useRef(n);
  latest.current = n;
  useEffect(() => setTold(latest.current), [now]);
  return (
    <p className="unseen" role="status">
      {t('alarms.live', { count: told })}
    </p>
  );
}
