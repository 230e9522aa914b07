import { useEffect, useRef, useState } from 'react';
import type { Window } from './window';

/** How often the play head moves on the screen, ms: often enough to look smooth, seldom enough for a hundred values. */
const every = 50;

/** Where the play head stands, and playing. */
export interface Player {
  readonly at: number;
  readonly playing: boolean;
  readonly seek: (at: number) => void;
  readonly toggle: () => void;
}

/** A play head in a window that runs at `speed` times real time and stops at the end. */
export function usePlayer({ from, to }: Window, start: number, speed: number): Player {
  const [at, setAt] = useState(start);
  const [playing, setPlaying] = useState(false);
  const inside = Math.min(to, Math.max(from, at));
  const latest = useRef(inside);
  latest.current = inside;

  useEffect(() => {
    if (!playing) return;
    let frame = 0;
    let before = performance.now();
    const step = (now: number): void => {
      if (now - before >= every) {
        const next = Math.min(to, latest.current + (now - before) * speed);
        before = now;
        setAt(next);
        if (next >= to) return setPlaying(false);
      }
      frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [playing, speed, to]);

  return {
    at: inside,
    playing,
    seek: setAt,
    toggle: () => {
      // From the end it begins anew.
      if (!playing && latest.current >= to) setAt(from);
      setPlaying(!playing);
    },
  };
}
