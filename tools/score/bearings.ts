import { addToJoint, learnJoint, levelDefaults, type JointSettings } from '@quaywatch/domain/condition';
import { join } from 'node:path';
import { names, table, text } from './read';
import type { ScoreLine } from './result';

const failing: Readonly<Record<string, readonly number[]>> = { '1': [3, 4], '2': [1], '3': [3] };
const day = 86_400_000;

/** IMS bearings run to failure: mean absolute vibration per snapshot; learned on the first day of each bearing. */
export function scoreBearings(folder: string): ScoreLine[] {
  let warned = 0;
  let wanted = 0;
  let falseOnes = 0;
  const notes: string[] = [];
  for (const name of names(folder, /\.csv$/)) {
    const { head, rows } = table(text(join(folder, name)), ',');
    const times = rows.map((row) => timeOf(row[1] as string));
    const end = times.at(-1) as number;
    const bearings = new Map<number, number>();
    head.slice(2).forEach((title, column) => {
      // Test 1 has two sensors for each bearing.
      const bearing = Number(/\d+/.exec(title)?.[0] ?? column + 1);
      const alarm = firstAlarm(
        times,
        rows.map((row) => Number(row[column + 2])),
      );
      if (alarm !== undefined) bearings.set(bearing, Math.min(bearings.get(bearing) ?? Infinity, alarm));
      else if (!bearings.has(bearing)) bearings.set(bearing, Infinity);
    });
    const bad = failing[name[0] as string] ?? [];
    for (const [bearing, alarm] of bearings) {
      const lead = (end - alarm) / day;
      if (bad.includes(bearing)) {
        wanted += 1;
        if (lead >= 1) warned += 1;
        notes.push(
          `${name} bearing ${bearing} failing: ${alarm === Infinity ? 'no alarm' : `${lead.toFixed(1)} days ahead`}`,
        );
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

const settings: JointSettings = {
  ...levelDefaults,
  weight: 0.1,
  ridge: 0,
  drift: Infinity,
  settle: 12,
  quantile: 1,
  factor: 9,
};
/** Snapshots (10 min apart) that the statistic must stay out for before it counts: half a day. */
const patience = 72;

function firstAlarm(times: readonly number[], values: readonly number[]): number | undefined {
  const learned = times.filter((time) => time < (times[0] as number) + day).length;
  const { model, state } = learnJoint(
    settings,
    values.slice(0, learned).map((value) => [value]),
  );
  let since: number | undefined;
  for (let i = learned, out = 0; i < values.length; i++) {
    if (!addToJoint(settings, model, state, [values[i] as number]).out) {
      out = 0;
      since = undefined;
    } else if (((since ??= i), ++out >= patience)) return times[i];
  }
  return undefined;
}

/** `2004.02.12.10.32.39` */
function timeOf(text: string): number {
  const [year = 0, month = 1, date, hour, minute, second] = text.split('.').map(Number);
  return Date.UTC(year, month - 1, date, hour, minute, second);
}
