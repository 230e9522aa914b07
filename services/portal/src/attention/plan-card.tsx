import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { cranesQuery, spreadersQuery, terminalsQuery } from '../api/queries';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { countText } from '../parts/quantity';
import { TerminalPlan } from './terminal-plan';

/** The plan of one terminal, and how much was lifted. */
export function PlanCard(props: {
  readonly terminalId: string | undefined;
  readonly lifts: number | undefined;
  /** True when the numbers are of this terminal only. */
  readonly scoped: boolean;
}) {
  const { t } = useTranslation();
  const { ref, width } = useElementSize();
  const terminals = useQuery(terminalsQuery);
  const cranes = useQuery({ ...cranesQuery(props.terminalId ?? ''), enabled: props.terminalId !== undefined });
  const spreaders = useQuery(spreadersQuery);
  const terminal = terminals.data?.find(({ id }) => id === props.terminalId);
  const lifts = props.lifts;
  const none = props.terminalId === undefined && (terminals.isSuccess || terminals.isError);

  return (
    <Card title={t('attention.where', { terminal: terminal?.name ?? '' })} className="plan-card">
      <div ref={ref}>
        {none ? (
          <p className="note">{t('attention.noTerminal')}</p>
        ) : (
          <Answered query={cranes} what={t('what.plan')}>
            {(list) => (
              <TerminalPlan
                name={terminal?.name ?? ''}
                width={Math.max(260, Math.round(width || 480))}
                cranes={list}
                spreaders={(spreaders.data ?? []).filter((row) => row.terminal.id === props.terminalId)}
              />
            )}
          </Answered>
        )}
      </div>
      {lifts !== undefined && (
        <p className="muted small">
          {props.scoped
            ? t('attention.liftsHere', { count: lifts, n: countText(lifts) })
            : t('attention.lifts', { count: lifts, n: countText(lifts) })}
        </p>
      )}
    </Card>
  );
}
