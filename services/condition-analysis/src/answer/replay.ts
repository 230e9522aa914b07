import { findSignal, type Advice } from '@quaywatch/contracts';
import { toIso } from '@quaywatch/kernel';
import type { ViewStore } from '@quaywatch/ports';
import type { ApiAnswer, ApiCall } from '@quaywatch/runtime';
import { oneVisible, rangeOf } from './visible-fleet';

type Signal = ApiAnswer<'getReplay'>['signals'][number];
type Value = boolean | string | null;

const minute = 60_000;
/** Bursts are rare: asked for, or after a snag or an emergency stop. */
const mostBursts = 500;

/** States are shown as numbers: off 0, on 1; words by their place in the order they first came. */
const numberOf = (words: string[], value: boolean | string): number => {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (!words.includes(value)) words.push(value);
  return words.indexOf(value);
};

/**
 * Every signal of a window: numbers sampled all the time from minute rows, features of moves at the end of their move,
 * states as they changed, with what they were at the start. A bucket without data is null: nothing is filled in.
 */
export async function answerReplay(
  store: ViewStore,
  { principal, params, query }: Pick<ApiCall<'getReplay'>, 'principal' | 'params' | 'query'>,
): Promise<ApiAnswer<'getReplay'>> {
  const { from, to } = rangeOf(query, 24 * 60 * minute);
  const size = Math.max(1000, Math.ceil((to - from) / query.max_points / 1000) * 1000);
  const n = Math.ceil((to - from) / size);
  return store.readAs(principal.org, async (q) => {
    const { spreader } = await oneVisible(q, principal, 'series.read', params.id);
    const signals = new Map<string, Signal>();
    const signalOf = (id: string): Signal => {
      let signal = signals.get(id);
      if (!signal) {
        const blank = (): (number | null)[] => Array<number | null>(n).fill(null);
        signal = {
          signal: id,
          unit: findSignal(id)?.unit ?? '1',
          raw_points: 0,
          mean: blank(),
          min: blank(),
          max: blank(),
        };
        signals.set(id, signal);
      }
      return signal;
    };
    const put = (id: string, at: number, count: number, min: number, max: number, mean: number): void => {
      const i = Math.floor((at - from) / size);
      if (i < 0 || i >= n) return;
      const signal = signalOf(id);
      const before = signal.mean[i] ?? null;
      // Several minutes in one bucket weigh the same: their means differ little.
      signal.mean[i] = before === null ? mean : (before + mean) / 2;
      signal.min[i] = Math.min(signal.min[i] ?? min, min);
      signal.max[i] = Math.max(signal.max[i] ?? max, max);
      signal.raw_points += count;
    };
    const heard = new Set<number>();
    const rows = await q.query<{
      signal: string;
      minute: string;
      count: number;
      min: number;
      max: number;
      sum: string;
    }>(
      `select signal, minute, count, min, max, sum_micro as sum from signal_minute
       where spreader = $1 and minute >= $2 and minute < $3 order by signal, minute`,
      [spreader, Math.floor(from / minute) * minute, to],
    );
    for (const { signal, minute: text, count, min, max, sum } of rows) {
      const at = Number(text);
      heard.add(at);
      const mean = Number((Number(sum) / 1e6 / count).toPrecision(9));
      // A minute fills all its buckets: its values are spread over it.
      for (let t = Math.max(from, at); t < Math.min(to, at + minute); t += size)
        put(signal, t, t <= Math.max(from, at) ? count : 0, min, max, mean);
    }
    const moves = await q.query<{
      move: string;
      from: number;
      to: number;
      class: string;
      result: string;
      load: number | null;
      features: Record<string, number>;
    }>(
      `select move, coalesce(locked_at, started_at) as "from", ended_at as "to", class, result, load, features from move
       where spreader = $1 and ended_at >= $2 and coalesce(locked_at, started_at) < $3 order by ended_at`,
      [spreader, from, to],
    );
    for (const move of moves)
      for (const [signal, value] of Object.entries(move.features)) put(signal, move.to, 1, value, value, value);
    const frames = await q.query<{ edges: Record<string, [number, Value][]> }>(
      `select edges from state_frame where spreader = $1 and to_at >= $2 and from_at < $3 order by from_at, frame`,
      [spreader, from - 30 * minute, to],
    );
    putStates(frames, signalOf, { from, to, size, n, heard });
    const findings = await q.query<{ advice: Advice; closed_at: number | null }>(
      `select advice, closed_at from finding where spreader = $1 and (advice ->> 'firstSeenAt')::float8 < $3
         and coalesce(closed_at, $3) >= $2 order by (advice ->> 'firstSeenAt')::float8`,
      [spreader, from, to],
    );
    const bursts = await q.query<{
      burst: string;
      btu: string;
      signal: string;
      trigger: ApiAnswer<'getReplay'>['bursts'][number]['trigger'];
      from_at: number;
      to_at: number;
      rate: number;
      samples: number;
      lost: boolean;
    }>(
      `select burst, btu, signal, trigger, from_at, to_at, rate, samples, lost from burst
       where spreader = $1 and to_at >= $2 and from_at < $3 order by from_at, btu, burst limit $4`,
      [spreader, from, to, mostBursts],
    );
    return {
      from: toIso(from),
      to: toIso(to),
      resolution: `PT${size / 1000}S`,
      t: Array.from({ length: n }, (_, i) => from + i * size),
      signals: [...signals.values()].sort((a, b) => (a.signal < b.signal ? -1 : 1)),
      gaps: gapsOf(heard, from, to),
      moves: moves.map((move) => ({
        id: move.move,
        from: toIso(move.from),
        to: toIso(move.to),
        class: move.class,
        result: move.result,
        load: move.load,
      })),
      findings: findings.map(({ advice, closed_at }) => ({
        id: advice.finding,
        title: advice.title,
        level: advice.level,
        from: toIso(advice.firstSeenAt),
        to: closed_at === null ? null : toIso(closed_at),
      })),
      bursts: bursts.map(({ burst, from_at, to_at, ...rest }) => ({
        id: burst,
        ...rest,
        from: toIso(from_at),
        to: toIso(to_at),
      })),
    };
  });
}

function putStates(
  frames: readonly { readonly edges: Record<string, [number, Value][]> }[],
  signalOf: (id: string) => Signal,
  { from, to, size, n, heard }: { from: number; to: number; size: number; n: number; heard: Set<number> },
): void {
  const edges = new Map<string, [number, Value][]>();
  for (const frame of frames)
    for (const [signal, list] of Object.entries(frame.edges))
      edges.set(signal, [...(edges.get(signal) ?? []), ...list]);
  for (const [id, list] of edges) {
    list.sort((a, b) => a[0] - b[0]);
    const signal = signalOf(id);
    const words: string[] = [];
    let value: number | null = null;
    let next = 0;
    for (let i = 0; i < n; i++) {
      const end = Math.min(to, from + (i + 1) * size);
      let [min, max]: [number | null, number | null] = [value, value];
      for (; next < list.length && (list[next]?.[0] ?? 0) < end; next++) {
        const [at, word] = list[next] as [number, Value];
        value = word === null ? null : numberOf(words, word);
        if (at < from) [min, max] = [value, value];
        else {
          heard.add(Math.floor(at / minute) * minute);
          signal.raw_points += 1;
          if (value !== null) [min, max] = [Math.min(min ?? value, value), Math.max(max ?? value, value)];
        }
      }
      signal.mean[i] = value;
      signal.min[i] = min;
      signal.max[i] = max;
    }
    if (words.length > 0) signal.words = words;
  }
}

/** Times longer than 2 min of which no minute has data. */
function gapsOf(heard: ReadonlySet<number>, from: number, to: number): { from: string; to: string }[] {
  const gaps: { from: string; to: string }[] = [];
  let free = from;
  const close = (end: number): void => {
    if (end - free > 2 * minute) gaps.push({ from: toIso(free), to: toIso(end) });
  };
  for (const at of [...heard].sort((a, b) => a - b)) {
    close(at);
    free = Math.max(free, at + minute);
  }
  close(to);
  return gaps;
}
