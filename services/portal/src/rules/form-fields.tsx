import { findSignal } from '@quaywatch/contracts';
import { useTranslation } from 'react-i18next';
import { TextField } from '../change/fields';
import { Choose, OneOf } from '../parts/choose';
import { unitText } from '../parts/quantity';
import { SignalField } from '../parts/signal-field';
import { blankCondition, type DraftCondition, type RuleDraft } from './rule-draft';

const operators = ['<', '<=', '>', '>=', '==', '!='] as const;

/** The JSON form of a rule as fields: all or any of some comparisons. */
export function FormFields(props: {
  readonly draft: RuleDraft;
  readonly onChange: (change: Partial<RuleDraft>) => void;
}) {
  const { t } = useTranslation();
  const { draft, onChange } = props;
  const { conditions } = draft;
  const set = (i: number, change: Partial<DraftCondition>): void =>
    onChange({ conditions: conditions.map((one, at) => (at === i ? { ...one, ...change } : one)) });
  return (
    <fieldset>
      <legend>{t('rules.conditions')}</legend>
      {conditions.length > 1 && (
        <OneOf
          label={t('rules.match')}
          value={draft.match}
          onChange={(match) => onChange({ match })}
          options={[
            { value: 'all', label: t('rules.all') },
            { value: 'any', label: t('rules.any') },
          ]}
        />
      )}
      {conditions.map((condition, i) => (
        <div key={i} className="condition-row" role="group" aria-label={t('rules.condition', { n: i + 1 })}>
          <SignalField label={t('chart.signal')} value={condition.signal} onChange={(signal) => set(i, { signal })} />
          <Choose
            label={t('rules.op')}
            value={condition.op}
            onChange={(op) => set(i, { op: operators.find((one) => one === op) ?? '>' })}
            options={operators.map((value) => ({ value, label: t(`rules.ops.${value}`) }))}
          />
          <ValueField condition={condition} onChange={(value) => set(i, { value })} />
          {conditions.length > 1 && (
            <button
              type="button"
              className="button"
              aria-label={t('rules.dropLabel', { n: i + 1 })}
              onClick={() => onChange({ conditions: conditions.filter((_, at) => at !== i) })}
            >
              {t('rules.drop')}
            </button>
          )}
        </div>
      ))}
      {conditions.length < 20 && (
        <p>
          <button
            type="button"
            className="button"
            onClick={() => onChange({ conditions: [...conditions, blankCondition] })}
          >
            {t('rules.add')}
          </button>
        </p>
      )}
    </fieldset>
  );
}

function ValueField(props: { readonly condition: DraftCondition; readonly onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const { condition, onChange } = props;
  const signal = findSignal(condition.signal);
  if (signal?.kind === 'boolean') {
    return (
      <Choose
        label={t('rules.value')}
        value={condition.value === 'true' ? 'true' : 'false'}
        onChange={onChange}
        options={[
          { value: 'true', label: t('values.yes') },
          { value: 'false', label: t('values.no') },
        ]}
      />
    );
  }
  const unit = signal ? unitText(signal.unit) : '';
  return (
    <TextField
      label={unit ? t('rules.valueIn', { unit }) : t('rules.value')}
      value={condition.value}
      onChange={onChange}
      most={64}
      {...(signal?.kind === 'enum' ? {} : { type: 'number', step: 'any' })}
    />
  );
}
