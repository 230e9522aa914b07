import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { failureModes, type RuleText } from '@quaywatch/contracts';
import { request } from '../api/request';
import { ChangeForm, TextField } from '../change/fields';
import type { Change } from '../change/use-change';
import { useWords } from '../i18n/words';
import { Card } from '../parts/card';
import { Choose, OneOf } from '../parts/choose';
import { BackTestCard } from './back-test-card';
import { ExpressionField } from './expression-field';
import { FormFields } from './form-fields';
import { draftOf, formOf, textOf, type RuleDraft } from './rule-draft';

const levels = ['watch', 'plan', 'act_now'] as const;
const risks = ['safety', 'production', 'undetermined', 'improvement'] as const;

/** Components that a finding can be about: those of the failure modes, positions written out. */
const components = [
  ...new Set(
    [...failureModes.values()].flatMap(({ component }) =>
      component === '*'
        ? []
        : component.includes('[n]')
          ? [1, 2, 3, 4].map((n) => component.replace('[n]', `[${n}]`))
          : [component],
    ),
  ),
].sort(new Intl.Collator('en', { numeric: true }).compare);

const checkQuery = (draft: RuleDraft) => {
  const form = draft.mode === 'form' ? formOf(draft) : null;
  const complete =
    draft.mode === 'form'
      ? draft.conditions.every(({ signal, value }) => signal !== '' && value !== '')
      : draft.expression.trim() !== '';
  return queryOptions({
    queryKey: ['check-rule', form, draft.mode === 'form' ? '' : draft.expression],
    queryFn: ({ signal }) =>
      request('checkRule', { body: { expression: form ? 'true' : draft.expression, form }, signal }),
    enabled: complete,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
};

/** Fields of a rule, checked as they are filled in, with a back-test of what they say; `save` keeps it. */
export function RuleEditor(props: {
  readonly start: RuleDraft | RuleText;
  /** null = may look and try, not keep. */
  readonly change: Change | null;
  readonly send: string;
  readonly save: (text: RuleText) => void;
}) {
  const { t } = useTranslation();
  const words = useWords();
  const [draft, setDraft] = useState<RuleDraft>(() => ('mode' in props.start ? props.start : draftOf(props.start)));
  const set = (change: Partial<RuleDraft>): void => setDraft((before) => ({ ...before, ...change }));
  const check = useQuery(checkQuery(useDeferredValue(draft)));
  const checked = check.data;
  const text = textOf(draft, checked?.expression ?? '');
  const problem = check.error?.message ?? (checked && !checked.valid ? checked.problem : null);
  const fields = (
    <>
      <TextField label={t('rules.name')} value={draft.name} onChange={(name) => set({ name })} most={80} />
      <OneOf
        label={t('rules.mode')}
        value={draft.mode}
        onChange={(mode) =>
          // What the form says goes along into the expression; the other way there is no telling.
          set({ mode, ...(mode === 'expression' && checked?.expression ? { expression: checked.expression } : {}) })
        }
        options={[
          { value: 'form', label: t('rules.asForm') },
          { value: 'expression', label: t('rules.asExpression') },
        ]}
      />
      {draft.mode === 'form' ? (
        <FormFields draft={draft} onChange={set} />
      ) : (
        <ExpressionField value={draft.expression} onChange={(expression) => set({ expression })} problem={problem} />
      )}
      <div role="status">
        {draft.mode === 'form' && problem !== null && <p className="told bad">{problem}</p>}
        {checked?.valid && (
          <p className="note">
            {draft.mode === 'form' && (
              <>
                <code className="break">{checked.expression}</code>
                <br />
              </>
            )}
            {t(`rules.per.${checked.per ?? 'minute'}`)}{' '}
            {t('rules.reads', { signals: checked.signals.map((signal) => words.signal(signal)).join(', ') })}
          </p>
        )}
      </div>
      <TextField label={t('rules.hold')} type="number" value={draft.hold} onChange={(hold) => set({ hold })} />
      <Choose
        label={t('rules.component')}
        value={draft.component}
        onChange={(component) => set({ component })}
        options={[...new Set([draft.component, ...components])].map((value) => ({
          value,
          label: `${words.component(value)} (${value})`,
        }))}
      />
      <Choose
        label={t('rules.level')}
        value={draft.level}
        onChange={(value) => set({ level: levels.find((one) => one === value) ?? 'watch' })}
        options={levels.map((value) => ({ value, label: t(`condition.${value}`) }))}
      />
      <Choose
        label={t('rules.risk')}
        value={draft.risk}
        onChange={(value) => set({ risk: risks.find((one) => one === value) ?? 'production' })}
        options={risks.map((value) => ({ value, label: t(`risk.${value}`) }))}
      />
      <TextField
        label={t('rules.action')}
        value={draft.action}
        onChange={(action) => set({ action })}
        rows={2}
        most={300}
      />
      <TextField
        label={t('rules.repair')}
        type="number"
        step="any"
        value={draft.repairHours}
        onChange={(repairHours) => set({ repairHours })}
      />
      <TextField
        label={t('rules.models')}
        hint={t('rules.oneALine')}
        required={false}
        rows={2}
        most={5000}
        value={draft.models}
        onChange={(models) => set({ models })}
      />
      <TextField
        label={t('rules.spreaders')}
        hint={t('rules.oneALine')}
        required={false}
        rows={2}
        most={13_000}
        value={draft.spreaders}
        onChange={(spreaders) => set({ spreaders })}
      />
    </>
  );
  return (
    <div className="halves">
      <Card title={t('rules.text')}>
        {props.change ? (
          <ChangeForm change={props.change} send={props.send} onSend={() => props.save(text)}>
            {fields}
          </ChangeForm>
        ) : (
          <div className="form">{fields}</div>
        )}
      </Card>
      <BackTestCard text={checked?.valid && text.name !== '' && text.action !== '' ? text : null} />
    </div>
  );
}
