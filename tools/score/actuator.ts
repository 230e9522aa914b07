import { courseDefaults, followCourse, learnCourse, type Course, type CourseModel } from '@quaywatch/domain/condition';
import { join } from 'node:path';
import { names, table, text } from './read';
import type { ScoreLine } from './result';

/** A movement of the drive under one load: its current from sample to sample. */
interface Cycle {
  readonly load: string;
  readonly run: number;
  readonly course: Course;
}

/** Ball-screw drive: learned on the first half of the normal runs of each load, judged forward in time. */
export function scoreActuator(folder: string): ScoreLine[] {
  const files = names(folder, /\.csv(\.gz)?$/);
  const cyclesOf = (name: string): Cycle[] => {
    const { head, rows } = table(text(join(folder, name)), ',');
    const [load = 0, run = 0, group = 0, current = 0] = ['load_kg', 'run', 'group', 'current_A'].map((column) =>
      head.indexOf(column),
    );
    const cycles = new Map<string, { load: string; run: number; course: [number[]] }>();
    for (const row of rows) {
      const key = `${row[load]} ${row[run]} ${row[group]}`;
      const cycle = cycles.get(key) ?? { load: row[load] as string, run: Number(row[run]), course: [[]] };
      cycle.course[0].push(Number(row[current]));
      cycles.set(key, cycle);
    }
    return [...cycles.values()];
  };
  const normal = cyclesOf(files.find((name) => name.startsWith('normal')) as string);
  const runs = [...new Set(normal.map(({ run }) => run))].sort((a, b) => a - b);
  const learned = runs.slice(0, Math.ceil(runs.length / 2));
  const models = new Map<string, CourseModel>();
  for (const load of new Set(normal.map((cycle) => cycle.load))) {
    const own = normal.filter((cycle) => cycle.load === load);
    const groups = learned.map((run) => own.filter((cycle) => cycle.run === run).map(({ course }) => course));
    models.set(load, learnCourse(courseDefaults, groups));
  }
  /** Statistic and limit of each movement in its order, against what is usual for its load. */
  const judge = (cycles: readonly Cycle[]): { score: number; out: boolean }[] => {
    const before = new Map<string, number>();
    return cycles.map(({ load, course }) => {
      const model = models.get(load) as CourseModel;
      const statistic = followCourse(courseDefaults, model, before.get(load), course);
      before.set(load, statistic);
      return { score: statistic / model.usual, out: statistic > model.limit };
    });
  };
  const healthy = judge(normal.filter(({ run }) => !learned.includes(run)));
  const conditions = files
    .filter((name) => !name.startsWith('normal'))
    .map((name) => ({ name: name.replace(/\.csv.*/, ''), judged: judge(cyclesOf(name)) }));
  const area = auc(
    healthy.map(({ score }) => score),
    conditions.flatMap(({ judged }) => judged.map(({ score }) => score)),
  );
  const share = (judged: readonly { out: boolean }[]): number =>
    (100 * judged.filter(({ out }) => out).length) / judged.length;
  const falseAlarms = share(healthy);
  return [
    {
      what: 'Linear actuator AUC / false alarms',
      least: '0.88/5 %',
      aim: '0.93/1 %',
      ours: `${area.toFixed(3)} / ${falseAlarms.toFixed(1)} %`,
      met: area >= 0.88 && falseAlarms <= 5,
      note: `${healthy.length} healthy movements; found: ${conditions.map(({ name, judged }) => `${name} ${share(judged).toFixed(0)} %`).join(', ')}`,
    },
  ];
}

/** Area under the ROC curve: the share of pairs in the right order. */
function auc(healthy: readonly number[], faulty: readonly number[]): number {
  let right = 0;
  for (const good of healthy) for (const bad of faulty) right += bad > good ? 1 : bad === good ? 0.5 : 0;
  return right / (healthy.length * faulty.length);
}
