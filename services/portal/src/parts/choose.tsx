import { useId, type ReactNode, type Ref } from 'react';

/** An option of a choice. */
export interface Option {
  readonly value: string;
  readonly label: string;
}

/** A labelled drop-down list: the browser's own, which every phone and screen reader knows. */
export function Choose(props: {
  readonly label: string;
  /** True when the label is for screen readers only. */
  readonly quiet?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly (Option | { readonly group: string; readonly options: readonly Option[] })[];
}) {
  const id = useId();
  const option = ({ value, label }: Option): ReactNode => (
    <option key={value} value={value}>
      {label}
    </option>
  );
  return (
    <div className="field">
      <label htmlFor={id} className={props.quiet ? 'unseen' : undefined}>
        {props.label}
      </label>
      <select id={id} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        {props.options.map((one) =>
          'group' in one ? (
            <optgroup key={one.group} label={one.group}>
              {one.options.map(option)}
            </optgroup>
          ) : (
            option(one)
          ),
        )}
      </select>
    </div>
  );
}

/** A labelled search field. */
export function SearchField(props: {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly field: Ref<HTMLInputElement>;
}) {
  const id = useId();
  return (
    <div className="field find">
      <label htmlFor={id}>{props.label}</label>
      <input
        ref={props.field}
        id={id}
        type="search"
        data-find
        value={props.value}
        placeholder={props.hint}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
    </div>
  );
}

/** One of a few, all in sight: a group of radio buttons drawn as one bar. */
export function OneOf<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly options: readonly { readonly value: T; readonly label: string }[];
}) {
  const name = useId();
  return (
    <fieldset className="one-of">
      <legend className="unseen">{props.label}</legend>
      {props.options.map(({ value, label }) => (
        <label key={value}>
          <input type="radio" name={name} value={value} checked={props.value === value} onChange={() => props.onChange(value)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
