import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { usePersonName } from '../change/use-person-name';
import { useWords } from '../i18n/words';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { ConditionMark, LevelIcon } from '../parts/condition-mark';
import { RowsTable } from '../parts/rows-table';
import { RulesFrame } from './frame';
import { rulesQuery, type Rule } from './queries';

const level = { on: 'ok', draft: 'watch', off: 'no_data' } as const;

/** Whether a rule is evaluated, and whether a version waits. */
export function RuleStateMark({ rule }: { readonly rule: Pick<Rule, 'state' | 'active_version' | 'latest'> }) {
  const { t } = useTranslation();
  const waits = rule.latest.approved_by === null && rule.state !== 'off';
  return (
    <>
      <span className={`condition level-${level[rule.state]}`}>
        <LevelIcon level={level[rule.state]} />
        {t(`rules.states.${rule.state}`)}
      </span>
      {waits && <div className="muted small">{t('rules.waits', { version: rule.latest.version })}</div>}
    </>
  );
}

/** Rules that people of the organisation have written. */
export function RulesPage() {
  const { t } = useTranslation();
  const words = useWords();
  const nameOf = usePersonName();
  const query = useQuery(rulesQuery);
  const { data: me } = useQuery(meQuery);
  return (
    <RulesFrame
      name={t('rules.title')}
      lead={t('rules.lead')}
      tools={
        may(me, 'fleet.write') && (
          <Link to="/rules/new" className="button primary">
            {t('rules.write')}
          </Link>
        )
      }
    >
      <Card title={t('rules.rules')}>
        <Answered query={query} what={t('rules.load')}>
          {(rules) =>
            rules.length === 0 ? (
              <p className="note">{t('rules.none')}</p>
            ) : (
              <RowsTable
                label={t('rules.rules')}
                rows={rules}
                rowKey={({ id }) => id}
                columns={[
                  {
                    head: t('rules.name'),
                    cell: ({ id, latest }) => (
                      <>
                        <Link to="/rules/rule/$id" params={{ id }} className="strong-link" data-row-link>
                          {latest.text.name}
                        </Link>
                        <div>
                          <code className="break small">{latest.text.expression}</code>
                        </div>
                      </>
                    ),
                  },
                  { head: t('rules.state'), cell: (rule) => <RuleStateMark rule={rule} /> },
                  { head: t('rules.level'), cell: ({ latest }) => <ConditionMark level={latest.text.level} /> },
                  { head: t('rules.component'), cell: ({ latest }) => words.component(latest.text.component) },
                  {
                    head: t('rules.author'),
                    cell: ({ latest }) => t('rules.version', { version: latest.version, by: nameOf(latest.author) }),
                  },
                ]}
              />
            )
          }
        </Answered>
      </Card>
    </RulesFrame>
  );
}
