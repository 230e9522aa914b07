import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { moveRow } from './rows';
import { shortcutsOn } from './shortcut-setting';

/** After `g`, the second key must come within this time, ms. */
const patience = 1500;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=radio], [type=checkbox]), select, textarea'));

/** Keyboard shortcuts of every page. */
export function useShortcuts(showHelp: () => void): void {
  const navigate = useNavigate();
  const help = useRef(showHelp);
  help.current = showHelp;

  useEffect(() => {
    let goAt = -Infinity;
    const go = (to: '/' | '/fleet' | '/alarms'): void => void navigate({ to, search: {} });
    const find = (): void => {
      const field = document.querySelector<HTMLInputElement>('[data-find]');
      if (field) field.focus();
      else void navigate({ to: '/fleet', search: {}, hash: 'find' });
    };
    const take = (): void =>
      document.activeElement?.closest('[data-row]')?.querySelector<HTMLButtonElement>('[data-take]')?.click();

    const actions: Record<string, () => void> = {
      '/': find,
      '?': () => help.current(),
      j: () => moveRow(1),
      k: () => moveRow(-1),
      t: take,
    };
    const afterGo: Record<string, () => void> = { a: () => go('/'), f: () => go('/fleet'), l: () => go('/alarms') };

    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (!shortcutsOn() || document.querySelector('dialog[open]')) return;
      if (event.key === 'g') {
        goAt = event.timeStamp;
        return;
      }
      const action = event.timeStamp - goAt < patience ? afterGo[event.key] : actions[event.key];
      goAt = -Infinity;
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
}
