import { findSignal } from '@quaywatch/contracts';
import { useMemo, useState, type CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import type { Finding, SpreaderDetail } from '../api/queries';
import { useWords } from '../i18n/words';
import { Card } from '../parts/card';
import { OneOf } from '../parts/choose';
import { quantityText } from '../parts/quantity';
import { timeWords } from '../time/format-time';
import { useShownColorScheme } from '../shell/color-scheme';
import { EventsLane, GapsLane, MovesLane } from './event-lanes';
import { HappeningsCard } from './happenings-card';
import { Lane } from './lane';
import { bucketAt, extentOf, laneGroups, laneKind, valueAt, type Replay, type ReplaySignal } from './replay-lanes';
import { TimeAxis } from './time-axis';
import { usePlayer } from './use-player';
import { useDragWindow } from './use-drag-window';
import type { Window } from './window';

const speeds = ['1', '10', '60'] as const;

/** The recording of a window: play head, one lane for each signal, and what happened as a list. */
export function Recording(props: {
  readonly replay: Replay;
  readonly spreader: SpreaderDetail;
  readonly finding: Finding | undefined;
  /** Where the play head starts; its middle when it is not said or outside. */
  readonly around: number | undefined;
  readonly showWindow: (window: Window) => void;
}) {
  const { t } = useTranslation();
  const words = useWords();
  const scheme = useShownColorScheme();
  const { replay, spreader, finding, around } = props;
  const zone = spreader.terminal.time_zone;
  const times = timeWords(zone);
  const window = useMemo(() => ({ from: Date.parse(replay.from), to: Date.parse(replay.to) }), [replay]);
  const start =
    around !== undefined && around >= window.from && around <= window.to ? around : (window.from + window.to) / 2;
  const [speed, setSpeed] = useState<(typeof speeds)[number]>('10');
  const [wanted, setWanted] = useState('');
  const player = usePlayer(window, start, Number(speed));
  const proof = useMemo(() => new Set(finding?.evidence.map(({ signal }) => signal)), [finding]);
  const groups = useMemo(() => {
    const find = wanted.trim().toLowerCase();
    const shown = replay.signals.filter(
      ({ signal }) =>
        find === '' || signal.toLowerCase().includes(find) || words.signal(signal).toLowerCase().includes(find),
    );
    return laneGroups(shown, proof);
    // The words follow the language, which changes only with the whole page.
  }, [replay, proof, wanted]);
  const drag = useDragWindow(window, player.seek, props.showWindow);
  const bucket = bucketAt(replay, player.at);
  const at = `${((player.at - window.from) / (window.to - window.from)) * 100}%`;

  return (
    <>
      <Card
        title={t('replay.recording')}
        aside={<span className="muted small">{t('replay.resolution', { n: bucketSeconds(replay) })}</span>}
      >
        {replay.signals.length === 0 ? (
          <p className="note">{t('replay.nothing')}</p>
        ) : (
          <>
            <div className="tools player">
              <button type="button" className="button primary" onClick={player.toggle}>
                {player.playing ? t('replay.pause') : t('replay.play')}
              </button>
              <OneOf
                label={t('replay.speed')}
                value={speed}
                onChange={setSpeed}
                options={speeds.map((value) => ({ value, label: `${value}×` }))}
              />
              <div className="field scrub">
                <label htmlFor="replay-at">
                  {t('replay.at')} <output htmlFor="replay-at">{times.seconds(player.at)}</output>
                </label>
                <input
                  id="replay-at"
                  type="range"
                  min={window.from}
                  max={window.to}
                  step={1000}
                  value={player.at}
                  aria-valuetext={times.seconds(player.at)}
                  onChange={(event) => player.seek(Number(event.currentTarget.value))}
                />
              </div>
              <div className="field">
                <label htmlFor="replay-find">{t('replay.find')}</label>
                <input
                  id="replay-find"
                  type="search"
                  data-find
                  value={wanted}
                  onChange={(event) => setWanted(event.currentTarget.value)}
                />
              </div>
            </div>
            <p className="muted small no-print">{t('replay.hint')}</p>
            <div
              className="lanes"
              style={{ '--at': at } as CSSProperties}
              {...drag.handlers}
              role="group"
              tabIndex={0}
              aria-label={t('replay.recording')}
            >
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t('chart.signal')}</th>
                    <th scope="col">{times.seconds(player.at)}</th>
                    <td>
                      <TimeAxis window={window} zone={zone} />
                      {drag.selected && (
                        <i className="selected" style={{ left: drag.selected.left, width: drag.selected.width }} />
                      )}
                    </td>
                  </tr>
                </thead>
                <tbody>
                  <MovesLane replay={replay} window={window} at={player.at} />
                  <EventsLane replay={replay} window={window} at={player.at} />
                  {replay.gaps.length > 0 && <GapsLane replay={replay} window={window} at={player.at} />}
                </tbody>
                {groups.map(({ group, signals }) => (
                  <tbody key={group}>
                    <tr className="lane-group">
                      <th scope="rowgroup" colSpan={3}>
                        {t(`replay.groups.${group}`)}
                      </th>
                    </tr>
                    {signals.map((signal) => (
                      <SignalRow key={signal.signal} signal={signal} bucket={bucket} scheme={scheme} />
                    ))}
                  </tbody>
                ))}
              </table>
            </div>
            {groups.length === 0 && <p className="note">{t('replay.noSuch')}</p>}
          </>
        )}
      </Card>
      <HappeningsCard replay={replay} zone={zone} number={spreader.number} seek={player.seek} />
    </>
  );
}

const bucketSeconds = (replay: Replay): number =>
  replay.t.length > 1 ? ((replay.t[1] ?? 0) - (replay.t[0] ?? 0)) / 1000 : 1;

function SignalRow(props: { readonly signal: ReplaySignal; readonly bucket: number; readonly scheme: string }) {
  const words = useWords();
  const { signal, bucket, scheme } = props;
  return (
    <tr>
      <th scope="row">{words.signal(signal.signal)}</th>
      <td className="lane-value">
        <ValueText signal={signal} bucket={bucket} />
      </td>
      <td className="lane">
        <Lane signal={signal} scheme={scheme} />
        <Extent signal={signal} />
        <i className="play-head" />
      </td>
    </tr>
  );
}

/** The lowest and the highest value of the window, at the edge of its lane. */
function Extent({ signal }: { readonly signal: ReplaySignal }) {
  const extent = laneKind(signal) === 'number' ? extentOf(signal) : null;
  if (!extent) return null;
  const [low, high] = extent;
  const unit = findSignal(signal.signal)?.unit ?? signal.unit;
  return (
    <span className="extent muted" aria-hidden="true">
      <span>{quantityText(high, unit)}</span>
      {low !== high && <span>{quantityText(low, unit)}</span>}
    </span>
  );
}

function ValueText({ signal, bucket }: { readonly signal: ReplaySignal; readonly bucket: number }) {
  const { t } = useTranslation();
  const now = valueAt(signal, bucket);
  if (now === null) return <span className="muted">{t('values.unknown')}</span>;
  if (laneKind(signal) === 'number') return <>{quantityText(now.value, signal.unit)}</>;
  const word = signal.words?.[Math.round(now.value)];
  if (word !== undefined) return <>{word}</>;
  return <>{now.value >= 0.5 ? t('values.yes') : t('values.no')}</>;
}
