/** How the course of a signal over a movement is watched. */
export interface CourseSettings {
  /** Share of the mean variance that is added to that of each sample. */
  readonly ridge: number;
  /** Weight of a new movement in the moving average of the statistic, 0…1; 1 = each movement alone. */
  readonly smooth: number;
}

/** Signals over one movement: signal × sample, every movement with the same number of samples. */
export type Course = readonly (readonly number[])[];

/** The normal course and how far movements usually stray from it. JSON-serialisable. */
export interface CourseModel {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  /** Median of the statistic, and its highest value, over movements that were left out of the learning. */
  readonly usual: number;
  readonly limit: number;
}

/** The course and its steps from sample to sample, end to end: a worn track shows in the steps first. */
function flatten(course: Course): number[] {
  const flat: number[] = [];
  for (const signal of course) {
    flat.push(...signal);
    for (let i = 1; i < signal.length; i++) flat.push(Math.abs((signal[i] as number) - (signal[i - 1] as number)));
  }
  return flat;
}

/**
 * Learns the normal course from movements in groups that belong together (a run, a shift). What is usual comes from
 * each group judged by the others, so that it holds for groups that come later.
 */
export function learnCourse(settings: CourseSettings, groups: readonly (readonly Course[])[]): CourseModel {
  const left: number[] = [];
  for (const out of groups) {
    const shape = shapeOf(settings, groups.filter((group) => group !== out).flat());
    for (const course of out) left.push(stray(shape, course));
  }
  const sorted = Float64Array.from(left).sort();
  return {
    ...shapeOf(settings, groups.flat()),
    usual: sorted[sorted.length >> 1] ?? 1,
    limit: sorted.at(-1) ?? Infinity,
  };
}

/** Adds a movement: its mean squared distance from the normal course, averaged with those before it (`before`). */
export function followCourse(
  { smooth }: CourseSettings,
  model: CourseModel,
  before: number | undefined,
  course: Course,
): number {
  const now = stray(model, course);
  return before === undefined ? now : before + smooth * (now - before);
}

type Shape = Pick<CourseModel, 'mean' | 'variance'>;

function shapeOf({ ridge }: CourseSettings, courses: readonly Course[]): Shape {
  const flats = courses.map(flatten);
  const width = flats[0]?.length ?? 0;
  const mean = new Array<number>(width).fill(0);
  const variance = new Array<number>(width).fill(0);
  for (const flat of flats)
    for (let j = 0; j < width; j++) mean[j] = (mean[j] as number) + (flat[j] as number) / flats.length;
  for (const flat of flats)
    for (let j = 0; j < width; j++)
      variance[j] = (variance[j] as number) + ((flat[j] as number) - (mean[j] as number)) ** 2 / flats.length;
  const floor = (ridge * variance.reduce((sum, value) => sum + value, 0)) / width;
  return { mean, variance: variance.map((value) => value + floor) };
}

function stray({ mean, variance }: Shape, course: Course): number {
  const flat = flatten(course);
  let sum = 0;
  for (let j = 0; j < flat.length; j++)
    sum += ((flat[j] as number) - (mean[j] as number)) ** 2 / (variance[j] as number);
  return sum / flat.length;
}

/** Share of each quarter of the movement in how far a course strays from the normal one; they add up to 1. */
export function strayByQuarter({ mean, variance }: Shape, course: Course): number[] {
  const sums = [0, 0, 0, 0];
  let at = 0;
  const add = (value: number, share: number): void => {
    const quarter = Math.min(3, Math.floor(4 * share));
    sums[quarter] = (sums[quarter] as number) + (value - (mean[at] as number)) ** 2 / (variance[at] as number);
    at += 1;
  };
  for (const signal of course) {
    signal.forEach((value, i) => add(value, i / signal.length));
    for (let i = 1; i < signal.length; i++)
      add(Math.abs((signal[i] as number) - (signal[i - 1] as number)), i / signal.length);
  }
  const all = sums.reduce((sum, value) => sum + value, 0) || 1;
  return sums.map((value) => value / all);
}
