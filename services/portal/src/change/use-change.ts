import '../i18n/load-change-texts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NotConfirmed, withFreshSignIn } from './step-up';

/** A change under way, and what became of the last one. */
export interface Change {
  readonly busy: boolean;
  /** What went well or wrong, as a sentence; null while nothing has happened. */
  readonly told: { readonly good: boolean; readonly text: string } | null;
  /** Makes a change (after a fresh sign-in where needed), then reads what it touches anew. True when it was made. */
  readonly make: (work: () => Promise<string | void>) => Promise<boolean>;
}

/** For forms that change accounts: one change at a time, told in words, lists renewed. `touches`: first parts of query keys. */
export function useChange(...touches: readonly string[]): Change {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState<Change['told']>(null);
  const make: Change['make'] = async (work) => {
    setBusy(true);
    setTold(null);
    try {
      const text = await withFreshSignIn(work);
      setTold(text ? { good: true, text } : null);
      await Promise.all(touches.map((key) => client.invalidateQueries({ queryKey: [key] })));
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      setTold({
        good: false,
        text: error instanceof NotConfirmed ? t('stepUp.cancelled') : t('change.failed', { reason }),
      });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, told, make };
}
