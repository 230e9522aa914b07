import { useTranslation } from 'react-i18next';
import { useWords } from '../i18n/words';
import { LevelIcon } from '../parts/condition-mark';
import { quantityText } from '../parts/quantity';
import type { Replay } from './replay-lanes';
import type { Window } from './window';

interface Props {
  readonly replay: Replay;
  readonly window: Window;
  /** The play head. */
  readonly at: number;
}

/** Where something lies in the window, as styles; what reaches over an end is cut there. */
function span({ from, to }: Window, start: string, end: string | null): { left: string; width: string } {
  const length = to - from;
  const left = Math.max(0, (Date.parse(start) - from) / length);
  const right = end === null ? 1 : Math.min(1, (Date.parse(end) - from) / length);
  return { left: `${left * 100}%`, width: `${Math.max(0.15, (right - left) * 100)}%` };
}

const during = (at: number, from: string, to: string | null): boolean =>
  Date.parse(from) <= at && (to === null || at <= Date.parse(to));

/** Moves as bands; the one at the play head in words. */
export function MovesLane({ replay, window, at }: Props) {
  const { t } = useTranslation();
  const words = useWords();
  const now = replay.moves.find(({ from, to }) => during(at, from, to));
  return (
    <tr>
      <th scope="row">{t('replay.moves')}</th>
      <td className="lane-value">
        {now
          ? [words.code('moves.class', now.class), now.load === null ? null : quantityText(now.load, 't')]
              .filter(Boolean)
              .join(', ')
          : t('replay.none')}
      </td>
      <td className="lane">
        {replay.moves.map((move) => (
          <i
            key={move.id}
            className={move.result === 'completed' ? 'band' : 'band open'}
            style={span(window, move.from, move.to)}
          />
        ))}
        <i className="play-head" />
      </td>
    </tr>
  );
}

/** Findings from when they were first seen; those that are open at the play head in words. */
export function EventsLane({ replay, window, at }: Props) {
  const { t } = useTranslation();
  const now = replay.findings.filter(({ from, to }) => during(at, from, to));
  return (
    <tr>
      <th scope="row">{t('replay.findings')}</th>
      <td className="lane-value">
        {now.length === 0
          ? t('replay.none')
          : now.map(({ id, title, level }) => (
              <div key={id} className={`level-${level}`}>
                <LevelIcon level={level} /> {title}
              </div>
            ))}
      </td>
      <td className="lane">
        {replay.findings.map((finding) => (
          <i
            key={finding.id}
            className={`band level-${finding.level} filled`}
            style={span(window, finding.from, finding.to)}
          />
        ))}
        <i className="play-head" />
      </td>
    </tr>
  );
}

/** Times in which nothing was received. */
export function GapsLane({ replay, window, at }: Props) {
  const { t } = useTranslation();
  const now = replay.gaps.some(({ from, to }) => during(at, from, to));
  return (
    <tr>
      <th scope="row">{t('replay.gaps')}</th>
      <td className="lane-value">{now ? t('values.yes') : t('values.no')}</td>
      <td className="lane">
        {replay.gaps.map(({ from, to }) => (
          <i key={from} className="band struck" style={span(window, from, to)} />
        ))}
        <i className="play-head" />
      </td>
    </tr>
  );
}
