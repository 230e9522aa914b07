import { signalAt, signalCatalogue } from '@quaywatch/contracts';
import { useId } from 'react';
import { useWords } from '../i18n/words';

/** Every signal that a spreader can have, positions written out. */
export const everySignal: readonly string[] = [...signalCatalogue.values()].flatMap(({ id, positions }) =>
  positions === undefined ? [id] : Array.from({ length: positions }, (_, i) => signalAt(id, i + 1)),
);

/** A field for a signal of the catalogue, with the browser's own suggestions. */
export function SignalField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (signal: string) => void;
}) {
  const id = useId();
  const words = useWords();
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      <input
        id={id}
        list={`${id}-signals`}
        value={props.value}
        required
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
      <datalist id={`${id}-signals`}>
        {everySignal.map((signal) => (
          <option key={signal} value={signal} label={words.signal(signal)} />
        ))}
      </datalist>
    </div>
  );
}
