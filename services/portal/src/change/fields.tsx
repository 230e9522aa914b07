import '../i18n/load-change-texts';
import './change.css';
import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Change } from './use-change';

/** A labelled field for a line of text (or several). */
export function TextField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'email' | 'password' | 'datetime-local' | 'number' | 'url' | 'date';
  readonly hint?: string;
  readonly placeholder?: string;
  readonly autoComplete?: string;
  readonly required?: boolean;
  readonly most?: number;
  readonly rows?: number;
  /** For numbers: `any`, or the step between two. */
  readonly step?: string;
}) {
  const id = useId();
  const common = {
    id,
    value: props.value,
    required: props.required ?? true,
    maxLength: props.most ?? 200,
    ...(props.hint ? { 'aria-describedby': `${id}-hint` } : {}),
    ...(props.placeholder ? { placeholder: props.placeholder } : {}),
  };
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.rows ? (
        <textarea {...common} rows={props.rows} onChange={(event) => props.onChange(event.currentTarget.value)} />
      ) : (
        <input
          {...common}
          type={props.type ?? 'text'}
          {...(props.step ? { step: props.step } : {})}
          autoComplete={props.autoComplete ?? 'off'}
          onChange={(event) => props.onChange(event.currentTarget.value)}
        />
      )}
      {props.hint && (
        <span id={`${id}-hint`} className="muted small">
          {props.hint}
        </span>
      )}
    </div>
  );
}

/** A form of one change: its fields, its button, and what became of it. */
export function ChangeForm(props: {
  readonly change: Change;
  readonly send: string;
  readonly onSend: () => void;
  readonly children?: ReactNode;
}) {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!props.change.busy) props.onSend();
  };
  return (
    <form className="form" onSubmit={submit}>
      {props.children}
      <p className="form-do">
        <button type="submit" className="button" aria-disabled={props.change.busy}>
          {props.send}
        </button>
      </p>
      <Told change={props.change} />
    </form>
  );
}

/** What became of a change; there before, so that a screen reader hears it. */
export function Told({ change: { told } }: { readonly change: Change }) {
  return (
    <>
      <p role="status" className="told">
        {told?.good ? told.text : ''}
      </p>
      <p role="alert" className="told bad">
        {told && !told.good ? told.text : ''}
      </p>
    </>
  );
}

/** Something that is shown this once, with a way to copy it. */
export function ShownOnce({ label, text }: { readonly label: string; readonly text: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // Not allowed by the browser: the text stands there to be copied by hand.
      () => setCopied(false),
    );
  };
  return (
    <div className="shown-once">
      <span className="muted small">{label}</span>
      <code>{text}</code>
      <button type="button" className="button" onClick={copy}>
        {copied ? t('change.copied') : t('change.copy')}
        <span className="unseen"> {label}</span>
      </button>
    </div>
  );
}
