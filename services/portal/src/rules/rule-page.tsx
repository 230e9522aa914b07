import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { AskDialog } from '../change/ask-dialog';
import { Told } from '../change/fields';
import { useChange } from '../change/use-change';
import { usePersonName } from '../change/use-person-name';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { TimeText } from '../parts/time-text';
import { useListZone } from '../time/use-list-zone';
import { RulesFrame } from './frame';
import { ruleQuery, type RuleDetail } from './queries';
import { RuleEditor } from './rule-editor';
import { RuleStateMark } from './rules-page';

/** One rule: its state and who must approve it, its text with a back-test, its history. */
export function RulePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/rules/rule/$id' });
  const query = useQuery(ruleQuery(id));
  return (
    <RulesFrame name={query.data?.latest.text.name ?? t('rules.rule')}>
      <Answered query={query} what={t('rules.loadOne')}>
        {(rule) => <Rule key={rule.latest.version} rule={rule} />}
      </Answered>
    </RulesFrame>
  );
}

function Rule({ rule }: { readonly rule: RuleDetail }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const change = useChange('rules', 'rule');
  const [text, setText] = useState(rule.latest.text);
  return (
    <>
      <StateCard rule={rule} />
      <RuleEditor
        key={JSON.stringify(text)}
        start={text}
        change={may(me, 'fleet.write') ? change : null}
        send={t('rules.submitNew')}
        save={(next) =>
          void change.make(async () => {
            await request('changeRule', { path: { id: rule.id }, body: next });
            return t('rules.submitted');
          })
        }
      />
      <HistoryCard rule={rule} use={setText} />
    </>
  );
}

function StateCard({ rule }: { readonly rule: RuleDetail }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const nameOf = usePersonName();
  const change = useChange('rules', 'rule');
  const [asked, setAsked] = useState<'approve' | 'off' | null>(null);
  const { latest } = rule;
  const waits = latest.approved_by === null;
  const writes = may(me, 'fleet.write');
  return (
    <Card title={t('rules.state')}>
      <p>
        <RuleStateMark rule={rule} />{' '}
        {rule.active_version !== null && t('rules.evaluated', { version: rule.active_version })}
      </p>
      {waits && (
        <p>
          {latest.author === me?.id
            ? t('rules.second')
            : t('rules.asked', { version: latest.version, by: nameOf(latest.author) })}
        </p>
      )}
      {writes && (
        <p className="form-do">
          {waits && latest.author !== me?.id && (
            <button type="button" className="button primary" onClick={() => setAsked('approve')}>
              {t('rules.approve')}
            </button>
          )}
          {rule.state !== 'off' && (
            <button type="button" className="button" onClick={() => setAsked('off')}>
              {t('rules.off')}
            </button>
          )}
        </p>
      )}
      <Told change={change} />
      {asked && (
        <AskDialog
          title={asked === 'approve' ? t('rules.approveTitle', { version: latest.version }) : t('rules.offTitle')}
          text={asked === 'approve' ? <code className="break">{latest.text.expression}</code> : t('rules.offHint')}
          send={asked === 'approve' ? t('rules.approve') : t('rules.off')}
          reason
          change={change}
          onSend={(reason) =>
            change.make(async () => {
              const path = { id: rule.id };
              if (asked === 'approve')
                await request('approveRule', { path, body: { version: latest.version, reason } });
              else await request('switchRuleOff', { path, body: { reason } });
              return asked === 'approve' ? t('rules.approved', { version: latest.version }) : t('rules.isOff');
            })
          }
          onClose={() => setAsked(null)}
        />
      )}
    </Card>
  );
}

function HistoryCard(props: { readonly rule: RuleDetail; readonly use: (text: RuleDetail['latest']['text']) => void }) {
  const { t } = useTranslation();
  const nameOf = usePersonName();
  const zone = useListZone();
  const { rule } = props;
  return (
    <Card title={t('rules.history')} aside={<span className="muted">{t('chart.zone', { zone })}</span>}>
      <ol className="rows">
        {rule.history.map(({ at, what, version, by, reason, text }) => (
          <li key={`${at} ${what}`}>
            <div>
              <TimeText at={at} timeZone={zone} /> {t(`rules.did.${what}`, { version: version ?? '', by: nameOf(by) })}{' '}
              {reason && `“${reason}”`}
              {text && (
                <>
                  <br />
                  <code className="break small">{text.expression}</code>
                </>
              )}
            </div>
            {text && version !== rule.latest.version && (
              <button
                type="button"
                className="button"
                aria-label={t('rules.useLabel', { version: version ?? '' })}
                onClick={() => {
                  const { use } = props;
                  use(text);
                }}
              >
                {t('rules.use')}
              </button>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}
