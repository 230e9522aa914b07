import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request } from '../api/request';
import { useChange } from '../change/use-change';
import { RulesFrame } from './frame';
import { blankDraft } from './rule-draft';
import { RuleEditor } from './rule-editor';

/** Writing a rule. It is evaluated only when somebody else has approved it. */
export function NewRulePage() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const navigate = useNavigate();
  const change = useChange('rules');
  return (
    <RulesFrame name={t('rules.write')} lead={t('rules.writeLead')}>
      <RuleEditor
        start={blankDraft}
        change={may(me, 'fleet.write') ? change : null}
        send={t('rules.submit')}
        save={(text) =>
          void change.make(async () => {
            const { id } = await request('draftRule', { body: text });
            await navigate({ to: '/rules/rule/$id', params: { id } });
          })
        }
      />
    </RulesFrame>
  );
}
