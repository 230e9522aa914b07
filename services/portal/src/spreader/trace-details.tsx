import '../i18n/load-advice-texts';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/request';
import { Answered } from '../parts/answered';
import { numberText } from '../parts/quantity';
import { TimeText } from '../parts/time-text';

const traceQuery = (id: string, open: boolean) =>
  queryOptions({
    queryKey: ['trace', id],
    queryFn: ({ signal }) => request('traceFinding', { path: { id }, signal }),
    enabled: open,
  });

/** Where the advice comes from, step by step down to samples; read only when somebody opens it. */
export function TraceDetails({ finding, zone }: { readonly finding: string; readonly zone: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const query = useQuery(traceQuery(finding, open));
  return (
    <details className="no-print" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('advice.trace')}</summary>
      {open && (
        <Answered query={query} what={t('advice.loadTrace')}>
          {({ steps }) => (
            <ol className="trace">
              {steps.map((step, i) => (
                <li key={i}>
                  <strong>{step.output}</strong>
                  <div className="muted small">
                    {t('advice.step', { block: step.block, algorithm: step.algorithm, version: step.version })}{' '}
                    <TimeText at={step.from} timeZone={zone} /> – <TimeText at={step.to} timeZone={zone} />
                  </div>
                  {step.settings.length > 0 && (
                    <div className="small">
                      {step.settings
                        .map(({ id, value, origin }) => t('advice.setting', { id, value, origin }))
                        .join('; ')}
                    </div>
                  )}
                  {step.items.length > 0 && (
                    <ul className="small">
                      {step.items.slice(0, 8).map(({ kind, id, value, at }) => (
                        <li key={`${kind} ${id} ${at}`}>
                          {t(`advice.items.${kind}`)} <code className="break">{id}</code>
                          {value !== null && `: ${numberText(value)}`}{' '}
                          {at && (
                            <span className="muted">
                              <TimeText at={at} timeZone={zone} />
                            </span>
                          )}
                        </li>
                      ))}
                    </ul>
                  )}
                  {(step.truncated || step.items.length > 8) && <p className="note small">{t('advice.more')}</p>}
                </li>
              ))}
            </ol>
          )}
        </Answered>
      )}
    </details>
  );
}
