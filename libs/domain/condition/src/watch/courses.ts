import { signalGroup } from '@quaywatch/contracts';
import type { Frame } from '../assess';
import { followCourse, learnCourse, strayByQuarter, type CourseModel } from '../detect/course-control';
import type { ConditionSettings } from '../settings';
import type { SpreaderState } from '../state';
import type { WatchReading } from './group';
import type { WatchVerdict } from './judge-watch';
import { significant } from '../robust/significant';

/** What is remembered of the course of one signal over its movements. JSON-serialisable, bounded. */
export interface CourseState {
  /** Time of the newest movement, ms. */
  at: number;
  /** Movements while the normal course is learned. */
  learning?: number[][];
  model?: CourseModel;
  /** The statistic as it is averaged, movements judged, and of what strays the share by quarter of the last one. */
  before?: number;
  n: number;
  quarters: number[];
  /** Movements in a row that are out, and in order; when it went out. */
  outRows: number;
  okRows: number;
  since?: number;
  case: boolean;
}

/**
 * A column of an `event` frame with many numbers is the course of a signal over one movement. Each is compared with the
 * normal course, learned from the first ones. O(samples of the course). Changes `state`; adds what a movement came to.
 */
export function feedCourses(
  { watch: { course: settings } }: ConditionSettings,
  state: SpreaderState,
  { samples }: Frame,
  out: WatchReading[],
): boolean {
  let judged = false;
  for (const { signal, at, values } of samples) {
    if (
      at.length < Math.max(2, settings.least) ||
      !values.every((value) => typeof value === 'number' && Number.isFinite(value))
    )
      continue;
    const books = ((state.watch ??= { groups: {}, opened: [] }).courses ??= {});
    const known = books[signal];
    if (!known && Object.keys(books).length >= settings.signals) continue;
    const own = (books[signal] ??= { at: 0, n: 0, quarters: [], outRows: 0, okRows: 0, case: false });
    const time = at.at(-1) as number;
    if (time <= own.at) continue;
    own.at = time;
    const course = stretched(at, values as number[], Math.max(2, settings.points));
    if (!own.model) {
      const learning = (own.learning ??= []);
      learning.push(course);
      // Each group is judged by the others: there must be two.
      if (learning.length < Math.max(settings.learn, settings.group + 1)) continue;
      own.model = learnCourse(settings.detector, groupsOf(learning, Math.max(1, settings.group)));
      delete own.learning;
      continue;
    }
    judged = true;
    const { limit } = own.model;
    own.before = followCourse(settings.detector, own.model, own.before, [course]);
    own.quarters = strayByQuarter(own.model, [course]);
    own.n += 1;
    const isOut = own.before > limit;
    if (isOut) {
      if (own.outRows === 0) own.since = time;
      own.outRows += 1;
      own.okRows = 0;
    } else if (++own.okRows >= settings.calm) {
      own.outRows = 0;
      delete own.since;
    }
    out.push({ group: `course ${signal}`, at: time, statistic: own.before, limit, out: isOut });
  }
  return judged;
}

/** Movements in groups of so many one after the other: what is usual must hold for groups that come later. */
const groupsOf = (courses: readonly number[][], size: number): number[][][][] =>
  Array.from({ length: Math.ceil(courses.length / size) }, (_, i) =>
    courses.slice(i * size, (i + 1) * size).map((course) => [course]),
  );

/** The course at so many times evenly spaced over the movement; as it is when it has just so many samples. */
function stretched(at: readonly number[], values: readonly number[], points: number): number[] {
  if (values.length === points) return [...values];
  const [from, to] = [at[0] as number, at.at(-1) as number];
  let k = 0;
  return Array.from({ length: points }, (_, i) => {
    const time = from + ((to - from) * i) / (points - 1);
    while (k < at.length - 2 && (at[k + 1] as number) <= time) k += 1;
    const [a, b] = [at[k] as number, at[k + 1] as number];
    const share = b > a ? Math.min(1, (time - a) / (b - a)) : 0;
    return (values[k] as number) + share * ((values[k + 1] as number) - (values[k] as number));
  });
}

const componentOfCourse = (signal: string): string =>
  ({ telescope: 'TEL', flipper: 'FLP', drives: 'ELD', hydraulics: 'HYD', load: 'LOD', twistlock: 'TL' })[
    signalGroup(signal) as string
  ] ?? 'SPR';

const quarterWords = ['first', 'second', 'third', 'last'] as const;
const short = (value: number): number => significant(value, 4);

/**
 * Cases for courses that stay out, within the alarm budget; none while a rule has a finding at the component. Changes
 * `state`.
 */
export function judgeCourses(
  { watch: { course: settings, budget } }: ConditionSettings,
  state: SpreaderState,
  at: number,
): WatchVerdict[] {
  const { watch } = state;
  const verdicts: WatchVerdict[] = [];
  for (const [signal, own] of Object.entries(watch?.courses ?? {})) {
    const component = componentOfCourse(signal);
    const { model, before } = own;
    if (!watch || !model || before === undefined || (own.outRows === 0 && !own.case)) continue;
    const nothing = { component, step: 0 as const, severity: 0, confidence: 0, since: null, evidence: [] };
    const explained = Object.values(state.modes).some(
      (mode) => mode.open && mode.failureMode !== 'FM-GEN' && mode.component.startsWith(component),
    );
    if (own.case && (explained || own.outRows === 0)) {
      own.case = false;
      const reason = explained ? { reason: 'A known failure mode explains it.' } : {};
      verdicts.push({ ...nothing, inputs: [signal], ...reason });
      continue;
    }
    if (!own.case) {
      if (explained || own.outRows < settings.patience) continue;
      watch.opened = watch.opened.filter((time) => time > at - budget.per);
      if (watch.opened.length >= budget.cases) continue;
      watch.opened.push(at);
      own.case = true;
    }
    const worst = own.quarters.indexOf(Math.max(...own.quarters));
    const times = before / model.usual;
    verdicts.push({
      ...nothing,
      step: 1,
      severity: Math.min(1.9, Math.max(1, before / model.limit)),
      confidence: 0.55,
      since: own.since ?? at,
      inputs: [signal],
      evidence: [
        {
          signal,
          unit: '1',
          value: short(before),
          baseline: short(model.usual),
          limit: short(model.limit),
          from: own.since ?? at,
          to: own.at,
          count: own.n,
          text: `The course of ${signal} over its movements strays ${short(times)} times as far as usual; ${Math.round(100 * (own.quarters[worst] ?? 0))} % of it in the ${quarterWords[worst] ?? 'first'} quarter of a movement`,
        },
      ],
    });
  }
  return verdicts;
}
