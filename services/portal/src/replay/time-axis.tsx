import { timeWords } from '../time/format-time';
import type { Window } from './window';

const steps = [10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 14_400].map((s) => s * 1000);

/** Round times of a window for the axis, ms UTC; eight at most. */
export function axisTimes({ from, to }: Window): number[] {
  const step = steps.find((one) => (to - from) / one <= 8) ?? 14_400_000;
  const times: number[] = [];
  for (let at = Math.ceil(from / step) * step; at < to; at += step) times.push(at);
  return times;
}

/** Clock times above the lanes. */
export function TimeAxis({ window, zone }: { readonly window: Window; readonly zone: string }) {
  const times = timeWords(zone);
  const length = window.to - window.from;
  return (
    <div className="time-axis lane" aria-hidden="true">
      {axisTimes(window).map((at) => {
        const share = (at - window.from) / length;
        return (
          <span key={at} style={{ left: `${share * 100}%` }} className={share > 0.92 ? 'last' : undefined}>
            {at % 60_000 === 0 ? times.clock(at) : times.seconds(at)}
          </span>
        );
      })}
      <i className="play-head" />
    </div>
  );
}
