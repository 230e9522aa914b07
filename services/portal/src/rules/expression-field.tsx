import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useWords } from '../i18n/words';
import { completionsOf, type Completion } from './signal-completion';

/** An expression with signals that fit below it: arrow down goes there, Enter takes one, Escape comes back. */
export function ExpressionField(props: {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly problem: string | null;
}) {
  const { t } = useTranslation();
  const words = useWords();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const offers = useRef<HTMLDivElement>(null);
  const [caret, setCaret] = useState(0);
  const completions = completionsOf(props.value, caret, words.signal);

  const take = ({ text, caret: next }: Completion): void => {
    props.onChange(text);
    setCaret(next);
    const element = field.current;
    element?.focus();
    // The text is in the field only after React has drawn it.
    requestAnimationFrame(() => element?.setSelectionRange(next, next));
  };
  const buttons = (): HTMLButtonElement[] => [...(offers.current?.querySelectorAll('button') ?? [])];
  const inField = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' || completions.length === 0) return;
    const { value } = event.currentTarget as HTMLTextAreaElement;
    // In the middle of several lines the key goes to the next line.
    if (value.slice(caret).includes('\n')) return;
    event.preventDefault();
    buttons()[0]?.focus();
  };
  const inOffers = (event: KeyboardEvent): void => {
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'Escape') field.current?.focus();
    else if (event.key === 'ArrowDown' || event.key === 'ArrowRight') all[Math.min(all.length - 1, at + 1)]?.focus();
    else if (event.key === 'ArrowUp' || event.key === 'ArrowLeft') (all[at - 1] ?? field.current)?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div className="field">
      <label htmlFor={id}>{t('rules.expression')}</label>
      <textarea
        ref={field}
        id={id}
        className="code"
        rows={4}
        required
        maxLength={1000}
        spellCheck={false}
        value={props.value}
        aria-describedby={`${id}-hint ${id}-problem`}
        aria-invalid={props.problem !== null}
        onChange={(event) => {
          props.onChange(event.currentTarget.value);
          setCaret(event.currentTarget.selectionStart);
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onKeyDown={inField}
      />
      <span id={`${id}-hint`} className="muted small">
        {t('rules.expressionHint')}
      </span>
      <span id={`${id}-problem`} className="told bad" role="status">
        {props.problem ?? ''}
      </span>
      {completions.length > 0 && (
        <div ref={offers} className="offers" role="group" aria-label={t('rules.offers')} onKeyDown={inOffers}>
          {completions.map((completion) => (
            <button key={completion.signal} type="button" className="button" onClick={() => take(completion)}>
              <code>{completion.signal}</code> {words.signal(completion.signal)}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
