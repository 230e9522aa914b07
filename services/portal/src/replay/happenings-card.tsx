import { signalFamily, signalPosition } from '@quaywatch/contracts';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWords, type Words } from '../i18n/words';
import { Card } from '../parts/card';
import { quantityText } from '../parts/quantity';
import { timeWords } from '../time/format-time';
import { happeningsOf, type Happening } from './happenings';
import type { Replay } from './replay-lanes';

/** Rows on the page at first, and how many more each time. */
const step = 60;

/** What happened, as a list; each entry moves the play head there. The lanes in words. */
export function HappeningsCard(props: {
  readonly replay: Replay;
  readonly zone: string;
  readonly number: string;
  readonly seek: (at: number) => void;
}) {
  const { t } = useTranslation();
  const words = useWords();
  const { replay, zone } = props;
  const happenings = useMemo(() => happeningsOf(replay), [replay]);
  const [most, setMost] = useState(step);
  const times = timeWords(zone);
  const wordOf = useMemo(() => new Map(replay.signals.map(({ signal, words: list }) => [signal, list])), [replay]);
  return (
    <Card title={t('replay.happened')}>
      {happenings.length === 0 ? (
        <p className="note">{t('replay.quiet')}</p>
      ) : (
        <ol className="happenings">
          {happenings.slice(0, most).map((one, i) => (
            <li key={i} data-row>
              <button type="button" className="text-button" data-row-link onClick={() => props.seek(one.at)}>
                {times.seconds(one.at)}
              </button>{' '}
              <Told happening={one} words={words} wordOf={wordOf} clock={(at) => times.seconds(at)} />
            </li>
          ))}
        </ol>
      )}
      {happenings.length > most && (
        <button type="button" className="button no-print" onClick={() => setMost(most + step)}>
          {t('change.more')}
        </button>
      )}
    </Card>
  );
}

function Told(props: {
  readonly happening: Happening;
  readonly words: Words;
  readonly wordOf: ReadonlyMap<string, readonly string[] | undefined>;
  readonly clock: (at: number) => string;
}) {
  const { t } = useTranslation();
  const { happening, words, wordOf } = props;
  switch (happening.kind) {
    case 'state': {
      const { signals } = happening;
      const [first = ''] = signals;
      const word = wordOf.get(first)?.[happening.value];
      const value = word ?? (happening.value >= 0.5 ? t('values.yes') : t('values.no'));
      return (
        <>
          {signals.length === 1
            ? words.signal(first)
            : words.family('signal', signalFamily(first), signals.map(signalPosition).join(', '))}
          : {value}
        </>
      );
    }
    case 'move': {
      const { class: kind, result, load } = happening.move;
      return (
        <>
          {t('replay.moveEnded', {
            kind: words.code('moves.class', kind),
            result: words.code('moves.results', result),
          })}
          {load !== null && `, ${quantityText(load, 't')}`}
        </>
      );
    }
    case 'finding':
      return <strong>{t('replay.found', { title: happening.finding.title })}</strong>;
    case 'burst': {
      const { signal, rate, samples, lost, to } = happening.burst;
      const said = { rate, samples, time: props.clock(Date.parse(to)) };
      return (
        <>
          {words.signal(signal)}: {lost ? t('replay.burstLost', said) : t('replay.burst', said)}
        </>
      );
    }
    case 'gap':
      return <>{t('replay.silent', { time: props.clock(happening.until) })}</>;
  }
}
