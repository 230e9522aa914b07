const key = 'quaywatch-shortcuts';

/** Single-letter shortcuts are on unless this person switched them off (WCAG 2.1.4). */
export const shortcutsOn = (): boolean => {
  try {
    return localStorage.getItem(key) !== 'off';
  } catch {
    return true;
  }
};

/** Switches single-letter shortcuts on or off, on this machine. */
export const setShortcutsOn = (on: boolean): void => {
  try {
    localStorage.setItem(key, on ? 'on' : 'off');
  } catch {
    // Storage may be forbidden; the choice then lasts as long as nothing at all.
  }
};
