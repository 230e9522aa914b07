import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { movesQuery, type Move, type SpreaderDetail } from '../api/queries';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { quantityText } from '../parts/quantity';
import { serverNow } from '../time/clock';
import { timeWords, type TimeWords } from '../time/format-time';

/** The last lifts, newest first. */
export function MovesCard({ spreader }: { readonly spreader: SpreaderDetail }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(movesQuery(spreader.number));
  const words = timeWords(spreader.terminal.time_zone);
  return (
    <Card title={t('moves.title')} aside={<span className="muted">{t('chart.zone', { zone: words.timeZone })}</span>}>
      <Answered query={query} what={t('what.moves')}>
        {({ pages }) => {
          const moves = pages.flatMap(({ data }) => data);
          if (moves.length === 0) return <p className="note">{t('moves.none')}</p>;
          return (
            <>
              <div className="scroll" tabIndex={0} role="group" aria-label={t('moves.title')}>
                <table className="table stacking">
                  <thead>
                    <tr>
                      <th scope="col">{t('moves.ended')}</th>
                      <th scope="col">{t('moves.kind')}</th>
                      <th scope="col">{t('moves.result')}</th>
                      <th scope="col" className="right">
                        {t('moves.boxes')}
                      </th>
                      <th scope="col" className="right">
                        {t('moves.load')}
                      </th>
                      <th scope="col" className="right">
                        {t('moves.took')}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {moves.map((move) => (
                      <MoveRow key={move.id} move={move} times={words} />
                    ))}
                  </tbody>
                </table>
              </div>
              {query.hasNextPage && (
                <button
                  type="button"
                  className="button no-print"
                  disabled={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {t('moves.more')}
                </button>
              )}
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

function MoveRow({ move, times }: { readonly move: Move; readonly times: TimeWords }) {
  const { t } = useTranslation();
  const words = useWords();
  const took = Date.parse(move.ended_at) - Date.parse(move.started_at);
  return (
    <tr>
      <th scope="row">
        <time dateTime={move.ended_at}>{times.dateTime(Date.parse(move.ended_at), serverNow())}</time>
      </th>
      <td data-label={t('moves.kind')}>{words.code('moves.class', move.class)}</td>
      <td data-label={t('moves.result')}>{words.code('moves.results', move.result)}</td>
      <td data-label={t('moves.boxes')} className="right">
        {move.boxes}
      </td>
      <td data-label={t('moves.load')} className="right">
        {move.load === null ? t('moves.unknown') : quantityText(move.load, 't')}
      </td>
      <td data-label={t('moves.took')} className="right">
        {quantityText(Math.round(took / 1000), 's')}
      </td>
    </tr>
  );
}
