import { findSignal, type RuleForm, type RuleText } from '@quaywatch/contracts';

/** A comparison as its fields hold it. */
export interface DraftCondition {
  readonly signal: string;
  readonly op: RuleForm['conditions'][number]['op'];
  readonly value: string;
}

/** A rule as the fields of the editor hold it. */
export interface RuleDraft {
  readonly mode: 'form' | 'expression';
  readonly name: string;
  readonly expression: string;
  readonly match: RuleForm['match'];
  readonly conditions: readonly DraftCondition[];
  readonly component: string;
  readonly level: RuleText['level'];
  readonly risk: RuleText['risk'];
  readonly hold: string;
  readonly action: string;
  readonly repairHours: string;
  /** One a line. */
  readonly models: string;
  readonly spreaders: string;
}

export const blankCondition: DraftCondition = { signal: '', op: '>', value: '' };

export const blankDraft: RuleDraft = {
  mode: 'form',
  name: '',
  expression: '',
  match: 'all',
  conditions: [blankCondition],
  component: 'HYD.P',
  level: 'watch',
  risk: 'production',
  hold: '5',
  action: '',
  repairHours: '1',
  models: '',
  spreaders: '',
};

const list = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** The value of a comparison by the kind of its signal: a number, yes or no, or a word. */
function valueOf({ signal, value }: DraftCondition): number | boolean | string {
  const kind = findSignal(signal)?.kind ?? 'number';
  if (kind === 'boolean') return value === 'true';
  return kind === 'enum' ? value : Number(value);
}

/** The JSON form of a draft. */
export const formOf = ({ match, conditions }: Pick<RuleDraft, 'match' | 'conditions'>): RuleForm => ({
  match,
  conditions: conditions.map((one) => ({ signal: one.signal, op: one.op, value: valueOf(one) })),
});

/** The text that a draft says; `expression` is what the server made of the form, when it has. */
export function textOf(draft: RuleDraft, expression: string): RuleText {
  const { name, component, level, risk, action } = draft;
  return {
    name: name.trim(),
    expression: draft.mode === 'form' ? expression || 'true' : draft.expression,
    form: draft.mode === 'form' ? formOf(draft) : null,
    component,
    level,
    risk,
    hold: Number(draft.hold),
    action: action.trim(),
    repairHours: Number(draft.repairHours),
    models: list(draft.models),
    spreaders: list(draft.spreaders),
  };
}

/** The fields that show a text. */
export function draftOf(text: RuleText): RuleDraft {
  return {
    mode: text.form ? 'form' : 'expression',
    name: text.name,
    expression: text.expression,
    match: text.form?.match ?? 'all',
    conditions: text.form?.conditions.map(({ signal, op, value }) => ({ signal, op, value: String(value) })) ?? [
      blankCondition,
    ],
    component: text.component,
    level: text.level,
    risk: text.risk,
    hold: String(text.hold),
    action: text.action,
    repairHours: String(text.repairHours),
    models: text.models.join('\n'),
    spreaders: text.spreaders.join('\n'),
  };
}
