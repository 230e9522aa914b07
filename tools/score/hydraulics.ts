import { addToJoint, behaviourDefaults, learnJoint, type JointSettings } from '@quaywatch/domain/condition';
import { join } from 'node:path';
import { names, table, text, type Read } from './read';
import type { ScoreLine } from './result';

/** Strokes of a direction before the first that is judged. */
const first = 12;
const settings: JointSettings = { ...behaviourDefaults, smooth: 0.2, ridge: 0.5, settle: 5, quantile: 1, factor: 3 };

/**
 * Hydraulic rotary actuators: features of each stroke. Each is judged by what was learned from all strokes of its
 * direction before it, so that most of the short records are judged and none by what came later.
 */
export function scoreHydraulics(folder: string, read: Read = text): ScoreLine[] {
  let strokes = 0;
  let alarms = 0;
  const notes: string[] = [];
  for (const name of names(folder, /\.csv(\.gz)?$/)) {
    const device = name.replace(/\.csv.*/, '');
    // A file of a faulty actuator has the fault in its name; it has no healthy history to learn from.
    if (!/^[a-z]+_?\d+$/i.test(device)) continue;
    let own = 0;
    let judged = 0;
    for (const list of readStrokes(read(join(folder, name))).values()) {
      for (let i = first; i < list.length; i++) {
        const { model, state } = learnJoint(settings, list.slice(0, i));
        judged += 1;
        if (addToJoint(settings, model, state, list[i] as number[]).out) own += 1;
      }
    }
    strokes += judged;
    alarms += own;
    notes.push(`${device} ${own} of ${judged}`);
  }
  const rate = (100 * alarms) / Math.max(1, strokes);
  return [
    {
      what: 'Healthy hydraulic strokes with an alarm',
      least: '2 in 100',
      aim: '0',
      ours: `${rate.toFixed(2)} in 100`,
      met: strokes > 0 && rate <= 2,
      note: `${strokes} strokes judged: ${notes.join(', ')}`,
    },
  ];
}

/** Features of each stroke in order of time, by direction. */
function readStrokes(content: string): Map<string, number[][]> {
  const { head, rows } = table(content, ',');
  const columns = ['PG_1', 'PG_2', 'Accel_1', 'Accel_2', 'Accel_3'].map((column) => head.indexOf(column));
  const angle = head.indexOf('Angle');
  const byStroke = new Map<string, number[][]>();
  for (const row of rows) {
    const stroke = byStroke.get(row[0] as string) ?? [];
    stroke.push([Number(row[angle]), ...columns.map((column) => Number(row[column]))]);
    byStroke.set(row[0] as string, stroke);
  }
  const directions = new Map<string, number[][]>();
  for (const samples of byStroke.values()) {
    const up = (samples.at(-1)?.[0] as number) > (samples[0]?.[0] as number) ? 'up' : 'down';
    directions.set(up, [...(directions.get(up) ?? []), featuresOf(samples)]);
  }
  return directions;
}
/** Travel time (samples from 5 to 95 % of the angle), level of each pressure, roughness of each acceleration. */
function featuresOf(samples: readonly (readonly number[])[]): number[] {
  const angles = samples.map(([angle = 0]) => angle);
  const [first = 0, last = 0] = [angles[0], angles.at(-1)];
  const passes = (share: number): number => {
    const at = angles.findIndex((angle) => Math.abs(angle - first) >= share * Math.abs(last - first));
    return at < 0 ? samples.length : at;
  };
  const mean = (column: number): number =>
    samples.reduce((sum, row) => sum + (row[column] as number), 0) / samples.length;
  const rough = (column: number): number => {
    let sum = 0;
    for (let i = 1; i < samples.length; i++)
      sum += Math.abs((samples[i]?.[column] as number) - (samples[i - 1]?.[column] as number));
    return Math.log(sum / samples.length + 1);
  };
  return [passes(0.95) - passes(0.05), mean(1), mean(2), rough(3), rough(4), rough(5)];
}
