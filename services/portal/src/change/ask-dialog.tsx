import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TextField, Told } from './fields';
import type { Change } from './use-change';

/** Asks before something is done that cannot simply be undone; with `reason`, why. Closes when it is done. */
export function AskDialog(props: {
  readonly title: string;
  readonly text?: ReactNode;
  /** The button that does it. */
  readonly send: string;
  /** True when a reason must be given. */
  readonly reason?: boolean;
  readonly change: Change;
  /** Makes the change; the answer says whether it was made. */
  readonly onSend: (reason: string) => Promise<boolean>;
  readonly onClose: () => void;
  /** Further fields. */
  readonly children?: ReactNode;
}) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (props.change.busy) return;
    void props.onSend(reason.trim()).then((done) => done && dialog.current?.close());
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="ask-title" onClose={props.onClose}>
      <h2 id="ask-title">{props.title}</h2>
      {props.text && <div className="note">{props.text}</div>}
      <form className="form" onSubmit={submit}>
        {props.children}
        {props.reason && (
          <TextField
            label={t('change.reason')}
            hint={t('change.reasonHint')}
            value={reason}
            onChange={setReason}
            rows={2}
          />
        )}
        <p className="form-do">
          <button type="submit" className="button primary" aria-disabled={props.change.busy}>
            {props.send}
          </button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {t('change.cancel')}
          </button>
        </p>
        <Told change={{ ...props.change, told: props.change.told?.good ? null : props.change.told }} />
      </form>
    </dialog>
  );
}
