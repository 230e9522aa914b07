import {
  addToJoint,
  learnJoint,
  levelDefaults,
  type JointModel,
  type JointSettings,
  type JointState,
} from '@quaywatch/domain/condition';
import { join } from 'node:path';
import { names, table, text, type Read } from './read';
import type { ScoreLine } from './result';

/** Bearings that failed, by the number of the test (readme of the data; the third is also called the fourth). */
const failing: Readonly<Record<string, readonly number[]>> = { '1': [3, 4], '2': [1], '3': [3], '4': [3] };
const day = 86_400_000;

const settings: JointSettings = {
  ...levelDefaults,
  weight: 0.1,
  ridge: 0,
  drift: Infinity,
  settle: 12,
  quantile: 1,
  factor: 4,
};
/** Rise of the level that counts: a quarter, as ISO 20816-1 has for a significant change of vibration. */
const significant = Math.log(1.25);
/** Snapshots (10 min apart) that a sensor must stay out for: six hours. */
const patience = 36;

/** One sensor: its bearing, and what it shows beyond what all bearings on the shaft have in common (log of the ratio). */
interface Sensor {
  readonly bearing: number;
  readonly values: readonly number[];
}

/** IMS bearings run to failure: mean absolute vibration per snapshot; learned on the first day of each bearing. */
export function scoreBearings(folder: string, read: Read = text): ScoreLine[] {
  let [warned, wanted, falseOnes] = [0, 0, 0];
  const notes: string[] = [];
  for (const name of names(folder, /\.csv(\.gz)?$/)) {
    const { times, sensors, learned } = readTest(join(folder, name), read);
    const end = times.at(-1) as number;
    const bad = failing[/\d/.exec(name)?.[0] ?? ''] ?? [];
    for (const bearing of new Set(sensors.map((sensor) => sensor.bearing))) {
      const own = sensors.filter((sensor) => sensor.bearing === bearing);
      const alarm = Math.min(...own.map(({ values }) => firstAlarm(times, values, learned)));
      const lead = (end - alarm) / day;
      if (bad.includes(bearing)) {
        wanted += 1;
        if (lead >= 1) warned += 1;
        const found = alarm === Infinity ? 'no alarm' : `${lead.toFixed(1)} days ahead`;
        notes.push(`${name} bearing ${bearing} failing: ${found}`);
      } else if (lead > 3) {
        falseOnes += 1;
        notes.push(`${name} bearing ${bearing} healthy: alarm ${lead.toFixed(1)} days before the end`);
      }
    }
  }
  return [
    {
      what: 'IMS bearings warned a day ahead / false',
      least: 'all / 0',
      aim: '',
      ours: `${warned} of ${wanted} / ${falseOnes}`,
      met: warned === wanted && falseOnes === 0,
      note: notes.join('; '),
    },
  ];
}

/** The sensors of one test. Load, speed and temperature change all bearings: their lower median is divided out. */
export function readTest(file: string, read: Read = text): { times: number[]; sensors: Sensor[]; learned: number } {
  const { head, rows } = table(read(file), ',');
  const timeColumn = head.findIndex((title) => /date|time/i.test(title));
  const times = rows.map((row) => timeOf(row[timeColumn] as string));
  const learned = times.filter((time) => time < (times[0] as number) + day).length;
  const columns = head.map((_, i) => i).filter((i) => i > timeColumn);
  const ratios = columns.map((column) => {
    const values = rows.map((row) => Number(row[column]));
    const usual = values.slice(0, learned).reduce((sum, value) => sum + value / learned, 0);
    return values.map((value) => value / usual);
  });
  const common = times.map((_, t) => {
    const sorted = ratios.map((ratio) => ratio[t] as number).sort((a, b) => a - b);
    return sorted[Math.ceil(sorted.length / 2) - 1] as number;
  });
  const numbers = columns.map((column, i) => Number(/\d+/.exec(head[column] as string)?.[0] ?? i + 1));
  // The first test has two sensors for each of the four bearings, in some copies numbered on.
  const perBearing = columns.length === 8 && new Set(numbers).size === 8 ? 2 : 1;
  const sensors = ratios.map((ratio, i) => ({
    bearing: Math.ceil((numbers[i] as number) / perBearing),
    values: columns.length > 2 ? ratio.map((value, t) => Math.log(value / (common[t] as number))) : ratio.map(Math.log),
  }));
  return { times, sensors, learned };
}

/** When a sensor is out by a significant rise for long enough; Infinity if never. */
function firstAlarm(times: readonly number[], values: readonly number[], learned: number): number {
  const rows = values.map((value) => [value]);
  const { model, state }: { model: JointModel; state: JointState } = learnJoint(settings, rows.slice(0, learned));
  const rise = significant / (model.spread[0] ?? 1);
  for (let i = learned, out = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    const { out: unusual } = addToJoint(settings, model, state, rows[i] as number[]);
    out = unusual && (state.average[0] as number) >= rise ? out + 1 : 0;
    if (out >= patience) return times[i] as number;
  }
  return Infinity;
}

/** `2004.02.12.10.32.39`, or as other copies of the data write it. */
function timeOf(text: string): number {
  const [year = 0, month = 1, date, hour, minute, second] = text.split(/[^\d]+/).map(Number);
  return Date.UTC(year, month - 1, date, hour, minute, second);
}
