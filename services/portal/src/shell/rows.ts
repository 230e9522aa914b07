/** Moves the keyboard's row by `step`. */
export type RowMover = (step: 1 | -1) => void;

let special: RowMover | null = null;

/** A list that is only partly in the document moves its rows itself. Returns how to stop. */
export function setRowMover(mover: RowMover): () => void {
  special = mover;
  return () => {
    if (special === mover) special = null;
  };
}

/** Moves to the next or previous row of the page: the focus goes to the row's link, so that Enter opens it. */
export function moveRow(step: 1 | -1): void {
  if (special) return special(step);
  const links = [...document.querySelectorAll<HTMLElement>('main [data-row] [data-row-link]')].filter(
    (link) => link.offsetParent !== null,
  );
  const row = document.activeElement?.closest('[data-row]');
  const at = links.findIndex((link) => link.closest('[data-row]') === row);
  const next = links[at === -1 ? (step === 1 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step))];
  next?.focus();
}
