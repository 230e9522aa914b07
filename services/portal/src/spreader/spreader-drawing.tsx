import { useTranslation } from 'react-i18next';
import type { Finding, Level, SpreaderDetail } from '../api/queries';
import { useWords } from '../i18n/words';
import { levelRank } from '../parts/condition';
import { LevelShape } from '../parts/condition-mark';
import { counts, flipperAt, pinAt, pointOf, twistlockAt, type Point } from './drawing-layout';
import { placeOf, type Place } from './place';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

/** The spreader from above; every faulty part is marked, the chosen finding's part is named. */
export function SpreaderDrawing(props: {
  readonly spreader: SpreaderDetail;
  readonly findings: readonly Finding[];
  readonly chosen: Finding | undefined;
}) {
  const { t } = useTranslation();
  const words = useWords();
  const { spreader, findings, chosen } = props;
  const { twistlocks, flippers } = counts(spreader);

  const levels = new Map<string, Level>();
  for (const { component, level } of findings) {
    const key = JSON.stringify(placeOf(component));
    const before = levels.get(key);
    if (before === undefined || levelRank[level] < levelRank[before]) levels.set(key, level);
  }
  const of = (place: Place): string => {
    const level = levels.get(JSON.stringify(place));
    return level ? ` faulty level-${level}` : '';
  };
  const faulty = findings.map(({ component, level }) =>
    t('spreader.faulty', { component: words.component(component), condition: t(`condition.${level}`) }),
  );
  const length = spreader.live['len.pos']?.value;
  const target = chosen && pointOf(placeOf(chosen.component));

  return (
    <figure className="drawing">
      <svg viewBox="0 0 480 200" role="img" aria-label={[t('spreader.drawing'), ...faulty].join('. ')}>
        <g className={`beams${of({ kind: 'telescope' })}`}>
          <rect x="62" y="88" width="120" height="9" />
          <rect x="62" y="117" width="120" height="9" />
          <rect x="298" y="88" width="120" height="9" />
          <rect x="298" y="117" width="120" height="9" />
        </g>
        <g className="end-beams">
          <rect x="43" y="62" width="18" height="90" />
          <rect x="419" y="62" width="18" height="90" />
        </g>
        <path className="mark" d="M232 66H248L240 74Z" />
        <rect className="main-frame" x="180" y="76" width="120" height="62" />
        <rect className={`pack${of({ kind: 'hydraulics' })}`} x="184" y="94" width="26" height="26" rx="2" />
        <text className="tiny" x="197" y="110" textAnchor="middle">
          HYD
        </text>
        <rect className={`pack${of({ kind: 'electrics' })}${of({ kind: 'unit' })}`} x="270" y="94" width="26" height="26" rx="2" />
        <text className="tiny" x="283" y="110" textAnchor="middle">
          ELE
        </text>
        <circle className={`pack${of({ kind: 'load' })}`} cx="240" cy="107" r="14" />
        {upTo(flippers).map((n) => {
          const at = flipperAt(n);
          return at && <rect key={n} className={`flipper${of({ kind: 'flipper', n })}`} x={at.x - 15} y={at.y - 3} width="30" height="6" />;
        })}
        {upTo(twistlocks).map((n) => {
          const lock = twistlockAt(n);
          const pin = pinAt(n);
          if (!lock || !pin) return null;
          return (
            <g key={n}>
              <g className={`twistlock${n > 4 ? ' inner' : ''}${of({ kind: 'twistlock', n })}`}>
                <rect x={lock.x - 12} y={lock.y - 12} width="24" height="24" rx="3" />
                <ellipse cx={lock.x} cy={lock.y} rx="7" ry="3.6" />
              </g>
              <circle className={`pin${of({ kind: 'pin', n })}`} cx={pin.x} cy={pin.y} r="4.5" />
              <text className="number" x={lock.x} y={lock.y + (lock.y < 107 ? -16 : 25)} textAnchor="middle">
                {n}
              </text>
            </g>
          );
        })}
        {chosen && target && <Callout at={target} level={chosen.level} text={words.component(chosen.component)} />}
      </svg>
      <figcaption className="muted small">
        {chosen && !target && <>{t('spreader.notDrawn', { component: words.component(chosen.component) })} </>}
        {t('spreader.marks')}{' '}
        {typeof length === 'string' && /^\d+$/.test(length)
          ? t('spreader.length', { feet: length })
          : length === 'between' && t('spreader.between')}
      </figcaption>
    </figure>
  );
}

/** A line from the part to its name, in the free strip above or below the main frame. */
function Callout({ at, level, text }: { readonly at: Point; readonly level: Level; readonly text: string }) {
  const y = at.y <= 107 ? 22 : 192;
  const anchor = at.x < 190 ? 'start' : at.x > 290 ? 'end' : 'middle';
  const x = anchor === 'start' ? at.x + 44 : anchor === 'end' ? at.x - 44 : at.x;
  const from = at.y <= 107 ? at.y - 13 : at.y + 13;
  const gap = anchor === 'middle' ? 0 : 19;
  return (
    <g className={`callout level-${level}`}>
      <path d={anchor === 'middle' ? `M${at.x} ${from}V${y + (y < at.y ? 6 : -14)}` : `M${at.x + (anchor === 'start' ? 13 : -13)} ${from}L${x} ${y + (y < at.y ? 2 : -8)}`} />
      <svg x={anchor === 'start' ? x + 3 : anchor === 'end' ? x - 16 : x - 6.5} y={y - 12} width="13" height="13" viewBox="0 0 16 16" style={anchor === 'middle' ? { display: 'none' } : undefined}>
        <LevelShape level={level} />
      </svg>
      <text x={anchor === 'start' ? x + gap : anchor === 'end' ? x - gap : x} y={y} textAnchor={anchor}>
        {text}
      </text>
    </g>
  );
}
