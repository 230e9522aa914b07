import { describe, expect, it } from '@jest/globals';
import { ruleText } from '@quaywatch/contracts';
import { blankDraft, draftOf, textOf } from './rule-draft';

describe('a draft of a rule', () => {
  const draft = {
    ...blankDraft,
    name: ' Low pressure ',
    action: 'Look at the pump',
    conditions: [
      { signal: 'hyd.press', op: '<', value: '120' },
      { signal: 'landed', op: '==', value: 'true' },
      { signal: 'len.pos', op: '==', value: '40' },
    ],
    models: 'Twin 45\n\n Single 40 ',
  } as const;

  it('says a text that the contract accepts, each value of the kind of its signal', () => {
    const text = textOf(draft, 'num("hyd.press") < 120.0');
    expect(ruleText.parse(text)).toEqual(text);
    expect(text.name).toBe('Low pressure');
    expect(text.form?.conditions.map(({ value }) => value)).toEqual([120, true, '40']);
    expect(text.models).toEqual(['Twin 45', 'Single 40']);
  });

  it('is the same again when it is read back', () => {
    const text = textOf(draft, 'x');
    expect(textOf(draftOf(text), 'x')).toEqual(text);
  });

  it('keeps an expression as it was written', () => {
    const text = textOf({ ...draft, mode: 'expression', expression: 'flag("landed")' }, 'other');
    expect(text).toMatchObject({ expression: 'flag("landed")', form: null });
    expect(draftOf(text).mode).toBe('expression');
  });
});
