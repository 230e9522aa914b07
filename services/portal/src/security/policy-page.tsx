import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, meQuery } from '../api/queries';
import { request, type Answer } from '../api/request';
import { Answered } from '../parts/answered';
import { Card } from '../parts/card';
import { ChangeForm } from '../change/fields';
import { SecurityFrame } from './frame';
import { policyQuery } from './queries';
import { useChange } from '../change/use-change';

type Policy = Answer<'getAccessPolicy'>;

/** What the organisation demands of its people. */
export function PolicyPage() {
  const { t } = useTranslation();
  const query = useQuery(policyQuery);
  const { data: me } = useQuery(meQuery);
  return (
    <SecurityFrame name={t('security.policy')} lead={t('policy.lead')}>
      <Card title={t('policy.secondFactor')}>
        <Answered query={query} what={t('security.loadPolicy')}>
          {(policy) => <PolicyForm policy={policy} writes={may(me, 'access.write')} />}
        </Answered>
      </Card>
    </SecurityFrame>
  );
}

function PolicyForm({ policy, writes }: { readonly policy: Policy; readonly writes: boolean }) {
  const { t } = useTranslation();
  const change = useChange('access-policy', 'own-security');
  const [chosen, setChosen] = useState(policy.second_factor);
  const [fourEyes, setFourEyes] = useState(policy.four_eyes);
  const send = (): void =>
    void change.make(async () => {
      await request('setAccessPolicy', { body: { second_factor: chosen, four_eyes: fourEyes } });
      return t('policy.saved');
    });
  const choices = (
    <fieldset disabled={!writes}>
      <legend className="unseen">{t('policy.secondFactor')}</legend>
      {(['required', 'offered', 'off'] as const).map((value) => (
        <label key={value} className="check">
          <input type="radio" checked={chosen === value} onChange={() => setChosen(value)} />
          <span>
            {t(`policy.${value}`)}
            <br />
            <span className="muted small">{t(`policy.${value}Hint`)}</span>
          </span>
        </label>
      ))}
      <label className="check">
        <input type="checkbox" checked={fourEyes} onChange={(event) => setFourEyes(event.currentTarget.checked)} />
        <span>
          {t('policy.fourEyes')}
          <br />
          <span className="muted small">{t('policy.fourEyesHint')}</span>
        </span>
      </label>
    </fieldset>
  );
  if (!writes) return choices;
  return (
    <ChangeForm change={change} send={t('policy.save')} onSend={send}>
      {choices}
    </ChangeForm>
  );
}
