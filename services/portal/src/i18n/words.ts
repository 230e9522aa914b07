import { useTranslation } from 'react-i18next';
import { componentKey } from '../spreader/place';
import { signalKey } from './signal-key';

/** Words for codes of the API that are not known before: an unknown code stays a code. */
export interface Words {
  signal(signal: string): string;
  component(component: string): string;
  /** A signal or component of every position, `tl[n].locked`; or of some, with their numbers in `n`. */
  family(kind: 'signal' | 'component', code: string, n?: string): string;
  code(group: 'moves.class' | 'moves.results', code: string): string;
}

/** The words of the current language. */
export function useWords(): Words {
  const { t } = useTranslation();
  const any = t as (key: string, values: Record<string, unknown>) => string;
  return {
    signal: (signal) => {
      const { key, n } = signalKey(signal);
      return any(`signal.${key}`, { n, defaultValue: signal });
    },
    component: (component) => {
      const { key, n } = componentKey(component);
      return any(`component.${key}`, { n, defaultValue: component });
    },
    family: (kind, code, n = '') => {
      const { key } = (kind === 'signal' ? signalKey : componentKey)(code.replace('[n]', '[1]'));
      return any(`${kind}.${key}`, { n, defaultValue: code }).replace(/\s+/g, ' ').trim();
    },
    code: (group, code) => any(`${group}.${code}`, { defaultValue: code }),
  };
}
