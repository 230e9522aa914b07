import type { Burst } from '../client/burst-sender';

/** Samples a second of a simulated burst. */
const rate = 500;

/** What a fast sensor of a simulated spreader has seen in the seconds before `endAt`: the pump's turning, and a shock at a snag. */
export function simulatedBurst(
  how: Pick<Burst, 'signal' | 'trigger' | 'command'> & {
    readonly id: string;
    readonly length: number;
    readonly endAt: number;
  },
  random: () => number = Math.random,
): Burst {
  const { length, endAt, ...head } = how;
  const samples = Float32Array.from({ length: Math.round(length * rate) }, (_, i) => {
    const t = i / rate;
    const shock = head.trigger === 'request' ? 0 : 6 * Math.exp(-8 * Math.abs(t - length / 2));
    return 2 * Math.sin(2 * Math.PI * 24.5 * t) + 0.3 * (random() - 0.5) + shock;
  });
  return { ...head, startAt: endAt - length * 1000, rate, samples };
}
