import { useSyncExternalStore } from 'react';

/** What somebody can choose: `auto` follows the system. */
export const colorSchemes = ['light', 'dark', 'auto'] as const;

/** A choice of colours. */
export type ColorScheme = (typeof colorSchemes)[number];

const setting = 'quaywatch-color-scheme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** A browser that keeps nothing is no reason to show nothing. */
const kept = (): ColorScheme => {
  try {
    const value = window.localStorage.getItem(setting);
    return colorSchemes.find((one) => one === value) ?? 'auto';
  } catch {
    return 'auto';
  }
};

let chosen: ColorScheme = kept();

const shown = (): 'light' | 'dark' => (chosen === 'auto' ? (system.matches ? 'dark' : 'light') : chosen);

const tell = (): void => {
  document.documentElement.dataset.colorScheme = shown();
  for (const listener of listeners) listener();
};

const listen = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** Puts the colours on the document and follows the system and the other windows; once, before the first drawing. */
export function startColorScheme(): void {
  tell();
  system.addEventListener('change', tell);
  window.addEventListener('storage', ({ key }) => {
    if (key !== null && key !== setting) return;
    chosen = kept();
    tell();
  });
}

/** Chooses, and keeps it in this browser. */
export function chooseColorScheme(next: ColorScheme): void {
  chosen = next;
  try {
    window.localStorage.setItem(setting, next);
  } catch {
    // Not kept then, but shown.
  }
  tell();
}

/** What is chosen. */
export const useChosenColorScheme = (): ColorScheme => useSyncExternalStore(listen, () => chosen);

/** What is shown: for what draws its own colours. */
export const useShownColorScheme = (): 'light' | 'dark' => useSyncExternalStore(listen, shown);
