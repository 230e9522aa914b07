import { addToSurprise, freshSurprise, surpriseDefaults } from '@quaywatch/domain/condition';
import { join } from 'node:path';
import { text } from './read';
import type { ScoreLine } from './result';

/** What is used of the official scorer. */
export interface NabScorer {
  geometry(times: string[], windows: [string, string][]): object;
  probationRows(rows: number): number;
  nabScore(
    series: { g: object; s: Float64Array }[],
    options?: { thresholds: Record<string, number> },
  ): Record<string, { score: number; fpRows: number; tpWin: number; fnWin: number }>;
}

const clean = (time: string): string => time.replace(/\.0+$/, '');

/** Numenta Anomaly Benchmark: the surprise detector on each series alone, threshold fixed in its settings. */
export function scoreNab(folder: string, scorer: NabScorer): ScoreLine[] {
  const windows = JSON.parse(text(join(folder, 'windows.json'))) as Record<string, [string, string][]>;
  const published = JSON.parse(text(join(folder, 'reference-scores.json'))) as {
    scores: Record<string, { standard: number }>;
  };
  let alarm = 0;
  const series = Object.entries(windows).map(([file, spans]) => {
    const rows = text(join(folder, 'data', file))
      .trim()
      .split(/\r?\n/)
      .slice(1);
    const times = rows.map((row) => clean(row.split(',', 1)[0] as string));
    const settings = surpriseDefaults(Math.max(2, Math.floor(scorer.probationRows(rows.length))));
    alarm = settings.alarm;
    const state = freshSurprise();
    const s = Float64Array.from(rows, (row) => addToSurprise(settings, state, Number(row.split(',')[1])));
    const g = scorer.geometry(
      times,
      spans.map(([from, to]) => [clean(from), clean(to)]),
    );
    return { g, s };
  });
  const thresholds = { standard: alarm, reward_low_FP_rate: alarm, reward_low_FN_rate: alarm };
  const { standard, reward_low_FP_rate: lowFp, reward_low_FN_rate: lowFn } = scorer.nabScore(series, { thresholds });
  const others = Object.entries(published.scores)
    .sort(([, a], [, b]) => b.standard - a.standard)
    .map(([name, { standard: score }]) => `${name} ${score}`);
  const score = standard?.score ?? 0;
  return [
    {
      what: 'NAB standard, threshold fixed',
      least: '62',
      aim: '70',
      ours: score.toFixed(1),
      met: score >= 62,
      note: `windows found ${standard?.tpWin}, missed ${standard?.fnWin}, false rows ${standard?.fpRows}; low FP ${lowFp?.score.toFixed(1)}, low FN ${lowFn?.score.toFixed(1)}; others, each with its best threshold: ${others.join(', ')}`,
    },
  ];
}
