import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFault } from '../api/request';
import { Blanks } from './blanks';

/** What Answered needs to know of a query. */
interface Asked<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly isError: boolean;
  readonly refetch: () => unknown;
}

/** Shows the answer of a query, blanks until it is there, or what failed; old data stay when renewing them fails. */
export function Answered<T>(props: {
  readonly query: Asked<T>;
  /** What is loaded, as the start of a sentence. */
  readonly what: string;
  readonly blank?: ReactNode;
  readonly children: (data: T) => ReactNode;
}) {
  const { t } = useTranslation();
  const { query, what } = props;
  if (query.data === undefined) {
    if (!query.isError) return props.blank ?? <Blanks />;
    return <LoadFailed what={what} error={query.error} again={() => void query.refetch()} />;
  }
  return (
    <>
      {query.isError && (
        <p className="note" role="status">
          {t('failed.stale', { what })}{' '}
          <button type="button" className="text-button" onClick={() => void query.refetch()}>
            {t('failed.again')}
          </button>
        </p>
      )}
      {props.children(query.data)}
    </>
  );
}

/** What could not be loaded, what still works, the way out, and the number to quote. */
export function LoadFailed(props: { readonly what: string; readonly error: Error | null; readonly again: () => void }) {
  const { t } = useTranslation();
  const { error } = props;
  const fault = error instanceof ApiFault ? error : null;
  if (fault?.status === 403) return <p className="note">{t('failed.notAllowed')}</p>;
  return (
    <div className="failed" role="alert">
      <p>
        <strong>{t('failed.title', { what: props.what })}</strong> {fault?.message} {t('failed.rest')}
      </p>
      <p>
        <button type="button" className="button" onClick={props.again}>
          {t('failed.again')}
        </button>{' '}
        {fault?.problem?.request_id && (
          <span className="muted small">{t('failed.request', { id: fault.problem.request_id })}</span>
        )}
      </p>
    </div>
  );
}
