import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { terminalsQuery } from '../api/queries';
import { Choose } from './choose';

/** Chooses one terminal or all; not there while there is only one to choose. */
export function TerminalSelect(props: {
  readonly value: string | undefined;
  readonly onChange: (terminal: string | undefined) => void;
}) {
  const { t } = useTranslation();
  const { data: terminals = [] } = useQuery(terminalsQuery);
  if (terminals.length < 2 && props.value === undefined) return null;
  return (
    <Choose
      label={t('terminal.label')}
      value={props.value ?? ''}
      onChange={(value) => props.onChange(value || undefined)}
      options={[
        { value: '', label: t('terminal.all') },
        ...terminals.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  );
}
