import { useRef, useState, type PointerEvent } from 'react';
import type { Window } from './window';

/** A press that moves less than this is a click, pixels. */
const still = 5;

/** The part of a lane that is being chosen, in percent. */
export interface Selected {
  readonly left: string;
  readonly width: string;
}

/** A click in a lane moves the play head there; a drag shows that window. The buttons of the page do both too. */
export function useDragWindow(
  { from, to }: Window,
  seek: (at: number) => void,
  showWindow: (window: Window) => void,
): {
  readonly selected: Selected | null;
  readonly handlers: {
    readonly onPointerDown: (event: PointerEvent) => void;
    readonly onPointerMove: (event: PointerEvent) => void;
    readonly onPointerUp: (event: PointerEvent) => void;
    readonly onPointerCancel: () => void;
  };
} {
  const began = useRef<{ readonly x: number; readonly left: number; readonly width: number } | null>(null);
  const [selected, setSelected] = useState<Selected | null>(null);
  const shareAt = (x: number): number => {
    const { left, width } = began.current ?? { left: 0, width: 1 };
    return Math.min(1, Math.max(0, (x - left) / width));
  };
  const end = (): void => {
    began.current = null;
    setSelected(null);
  };
  return {
    selected,
    handlers: {
      onPointerDown: (event) => {
        const lane = event.target instanceof Element ? event.target.closest('.lane') : null;
        // A finger scrolls the page: it only places the play head.
        if (!lane || event.button !== 0) return;
        const { left, width } = lane.getBoundingClientRect();
        began.current = { x: event.clientX, left, width };
      },
      onPointerMove: (event) => {
        const start = began.current;
        if (!start || event.pointerType === 'touch' || Math.abs(event.clientX - start.x) < still) return;
        const [a, b] = [shareAt(start.x), shareAt(event.clientX)].sort((x, y) => x - y) as [number, number];
        setSelected({ left: `${a * 100}%`, width: `${(b - a) * 100}%` });
      },
      onPointerUp: (event) => {
        const start = began.current;
        if (!start) return;
        const [a, b] = [shareAt(start.x), shareAt(event.clientX)].sort((x, y) => x - y) as [number, number];
        const atShare = (share: number): number => from + share * (to - from);
        if (event.pointerType === 'touch' || Math.abs(event.clientX - start.x) < still)
          seek(atShare(shareAt(event.clientX)));
        else showWindow({ from: atShare(a), to: atShare(b) });
        end();
      },
      onPointerCancel: end,
    },
  };
}
