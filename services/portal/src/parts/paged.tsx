import '../i18n/load-change-texts';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Answered } from './answered';

interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

/** The query of a list that is read page by page, as somebody asks for more. */
export const pagesQuery = <T,>(
  queryKey: readonly string[],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  refetchInterval?: number,
) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<T>) => (page.has_more ? (page.next_cursor ?? undefined) : undefined),
    ...(refetchInterval ? { refetchInterval } : {}),
  });

/** Shows a list page by page; `children` gets all rows read so far, `none` stands there when there are none. */
export function Paged<T>(props: {
  readonly query: ReturnType<typeof pagesQuery<T>>;
  readonly what: string;
  readonly none: ReactNode;
  readonly children: (rows: readonly T[]) => ReactNode;
}) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(props.query);
  return (
    <Answered query={query} what={props.what}>
      {({ pages }) => {
        const rows = pages.flatMap(({ data }) => data);
        if (rows.length === 0) return <p className="note">{props.none}</p>;
        return (
          <>
            {props.children(rows)}
            {query.hasNextPage && (
              <p className="form-do no-print">
                <button
                  type="button"
                  className="button"
                  disabled={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {t('change.more')}
                </button>
              </p>
            )}
          </>
        );
      }}
    </Answered>
  );
}
