import {
  conditionDefaults,
  courseDefaults,
  followCourse,
  freshState,
  learnCourse,
  take,
  type Course,
  type CourseModel,
  type Frame,
  type SpreaderState,
} from '@quaywatch/domain/condition';
import { join } from 'node:path';
import { directFrames, type DeviceSeries } from './device-series';
import { names, table, text } from './read';
import type { ScoreLine } from './result';

/** A movement of the drive under one load: its current from sample to sample. */
interface Cycle {
  readonly load: string;
  readonly run: number;
  readonly course: Course;
  /** The file and load as a device, and which of its movements this is. */
  readonly device: string;
  readonly index: number;
}

/** Recorded movements, and the runs of the healthy ones that are learned from. */
interface Drive {
  readonly normal: readonly Cycle[];
  readonly learned: readonly number[];
  readonly conditions: readonly { readonly name: string; readonly cycles: readonly Cycle[] }[];
}

/** What was said of a movement: its statistic in what is usual for its load, and whether it is out. */
interface Judged {
  readonly score: number;
  readonly out: boolean;
}
type Judge = (cycles: readonly Cycle[]) => Judged[];

function readDrive(folder: string): Drive {
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
    const counts = new Map<string, number>();
    return [...cycles.values()]
      .sort((x, y) => x.run - y.run)
      .map((cycle) => {
        const device = `ACTUATOR-${name.replace(/\..*$/, '')}-${cycle.load}`.replace(/[^A-Za-z0-9-]+/g, '-');
        const index = counts.get(device) ?? 0;
        counts.set(device, index + 1);
        return { ...cycle, device, index };
      });
  };
  const healthyFiles = files.filter((name) => name.startsWith('normal'));
  if (healthyFiles.length === 0) throw new Error('there is no file `normal…` to learn from');
  const normal = healthyFiles.flatMap(cyclesOf);
  const runs = [...new Set(normal.map(({ run }) => run))].sort((a, b) => a - b);
  if (runs.length < 3) throw new Error(`${runs.length} normal runs are too few to learn from and to judge`);
  return {
    normal,
    learned: runs.slice(0, Math.ceil(runs.length / 2)),
    conditions: files
      .filter((name) => !name.startsWith('normal'))
      .map((name) => ({ name: name.replace(/\.csv.*/, ''), cycles: cyclesOf(name) })),
  };
}

/** The detector alone, called directly. */
function byDetector({ normal, learned }: Drive): Judge {
  const models = new Map<string, CourseModel>();
  for (const load of new Set(normal.map((cycle) => cycle.load))) {
    const own = normal.filter((cycle) => cycle.load === load);
    const groups = learned.map((run) => own.filter((cycle) => cycle.run === run).map(({ course }) => course));
    models.set(load, learnCourse(courseDefaults, groups));
  }
  return (cycles) => {
    const before = new Map<string, number>();
    return cycles.flatMap(({ load, course }) => {
      const model = models.get(load);
      // A load that was never seen healthy cannot be judged.
      if (!model) return [];
      const statistic = followCourse(courseDefaults, model, before.get(load), course);
      before.set(load, statistic);
      return [{ score: statistic / model.usual, out: statistic > model.limit }];
    });
  };
}

const signal = 'raw:drive.current';

/** The live analysis on frames of movements: an asset for each load learns the healthy ones, and goes on from there. */
function byLiveAnalysis({ normal, learned }: Drive, frames: ReadonlyMap<string, readonly Frame[]>): Judge {
  const states = new Map<string, SpreaderState>();
  const first = normal[0] as Cycle;
  const ofLoad = normal.filter(({ load, run }) => load === first.load && learned.includes(run));
  const { watch } = conditionDefaults;
  const settings = {
    ...conditionDefaults,
    watch: {
      ...watch,
      course: {
        ...watch.course,
        points: (first.course[0] as readonly number[]).length,
        learn: ofLoad.length,
        group: ofLoad.length / learned.length,
      },
    },
  };
  const feed = (state: SpreaderState, { device, index }: Cycle): Judged[] => {
    const frame = frames.get(device)?.[index];
    const usual = state.watch?.courses?.[signal]?.model?.usual ?? 1;
    return (frame ? take(settings, state, frame).watched : [])
      .filter(({ group }) => group === `course ${signal}`)
      .map(({ statistic, out }) => ({ score: statistic / usual, out }));
  };
  for (const cycle of normal) {
    if (!learned.includes(cycle.run)) continue;
    if (!states.has(cycle.load)) states.set(cycle.load, freshState('spr_score', 'org_score'));
    feed(states.get(cycle.load) as SpreaderState, cycle);
  }
  return (cycles) => {
    const own = new Map([...states].map(([load, state]) => [load, structuredClone(state)]));
    return cycles.flatMap((cycle) => {
      const state = own.get(cycle.load);
      return state ? feed(state, cycle) : [];
    });
  };
}

/** The judged movements of a drive, healthy ones first. */
const judgedOf = ({ normal, learned, conditions }: Drive, judge: Judge) => ({
  healthy: judge(normal.filter(({ run }) => !learned.includes(run))),
  conditions: conditions.map(({ name, cycles }) => ({ name, judged: judge(cycles) })),
});

const share = (judged: readonly Judged[]): number => (100 * judged.filter(({ out }) => out).length) / judged.length;

function figures({ healthy, conditions }: ReturnType<typeof judgedOf>): { area: number; falseAlarms: number } {
  const area = auc(
    healthy.map(({ score }) => score),
    conditions.flatMap(({ judged }) => judged.map(({ score }) => score)),
  );
  return { area, falseAlarms: share(healthy) };
}

/** Ball-screw drive: learned on the first half of the normal runs of each load, judged forward in time. */
export function scoreActuator(folder: string): ScoreLine[] {
  const drive = readDrive(folder);
  const judged = judgedOf(drive, byDetector(drive));
  const { area, falseAlarms } = figures(judged);
  return [
    {
      what: 'Linear actuator AUC / false alarms',
      least: '0.88/5 %',
      aim: '0.93/1 %',
      ours: `${area.toFixed(3)} / ${falseAlarms.toFixed(1)} %`,
      met: area >= 0.88 && falseAlarms <= 5,
      note: `${judged.healthy.length} healthy movements; found: ${judged.conditions.map((one) => `${one.name} ${share(one.judged).toFixed(0)} %`).join(', ')}`,
    },
  ];
}

/**
 * The drive as devices, one for each file and load, that send each movement as an `event` frame: the live analysis once
 * after `transport`, which carries them through the broker and the log, and once directly, beside the detector alone.
 */
export async function scoreActuatorThrough(
  folder: string,
  transport: (series: readonly DeviceSeries[]) => Promise<ReadonlyMap<string, readonly Frame[]>>,
): Promise<ScoreLine[]> {
  const drive = readDrive(folder);
  const yesterday = Math.floor(Date.now() / 1000) * 1000 - 86_400_000;
  const devices = new Map<string, Cycle[]>();
  for (const cycle of [...drive.normal, ...drive.conditions.flatMap(({ cycles }) => cycles)])
    devices.set(cycle.device, [...(devices.get(cycle.device) ?? []), cycle]);
  const series = [...devices].map(([btu, cycles]): DeviceSeries => {
    const courses = cycles.map(({ course }) => course[0] as readonly number[]);
    // A movement every two minutes at 25 Hz; the healthy ones come first.
    const start = yesterday - (drive.normal.some(({ device }) => device === btu) ? 2 : 1) * 86_400_000;
    return {
      btu,
      signals: [signal],
      at: courses.flatMap((course, i) => course.map((_, t) => start + 120_000 * i + 40 * t)),
      rows: courses.flat().map((value) => [value]),
      movement: (courses[0] as readonly number[]).length,
    };
  });
  const arrived = await transport(series);
  const direct = new Map(series.map((one) => [one.btu, directFrames(one)]));
  const ways = {
    'through MQTT and the log': judgedOf(drive, byLiveAnalysis(drive, arrived)),
    direct: judgedOf(drive, byLiveAnalysis(drive, direct)),
    detector: judgedOf(drive, byDetector(drive)),
  };
  const same = new Set(Object.values(ways).map((way) => JSON.stringify(way))).size === 1;
  const n = [...devices.values()].reduce((sum, { length }) => sum + length, 0);
  return [
    {
      what: 'linear-actuator: live analysis behind MQTT = direct call = detector',
      least: 'identical',
      aim: '',
      ours: same ? 'identical' : 'different',
      met: same,
      note: `${series.length} devices, ${n} movements, one by one; ${Object.entries(ways)
        .map(([name, way]) => {
          const { area, falseAlarms } = figures(way);
          return `${name}: ${area.toFixed(3)} / ${falseAlarms.toFixed(1)} %`;
        })
        .join('; ')}`,
    },
  ];
}

/** Area under the ROC curve: the share of pairs in the right order. */
function auc(healthy: readonly number[], faulty: readonly number[]): number {
  let right = 0;
  for (const good of healthy) for (const bad of faulty) right += bad > good ? 1 : bad === good ? 0.5 : 0;
  return right / (healthy.length * faulty.length);
}
