import type { PassageSettings } from '../detect/first-passage';

/** How the course of an indicator that gets worse is kept, and what is said of the time to its limit. */
export interface TrendSettings extends PassageSettings {
  /** Severity from which the course of an indicator is kept; it is dropped when it is back below half of it. */
  readonly from: number;
  /** Most points of a course. When it is full every second one is dropped, so that it reaches back as far as the trend. */
  readonly points: number;
  /** Share of observations refused by the quality gate, 0…1, above which nothing is said. */
  readonly refused: number;
}

/** A point of a course: observations of the indicator and lifts of the spreader so far, when, and the statistic. */
export type TrendPoint = [n: number, lifts: number, at: number, value: number];

/** The course of an indicator since it began to leave normal. JSON-serialisable, bounded by `points`. */
export interface TrendState {
  points: TrendPoint[];
  /** Observations from one point to the next, and how many there will be at the next point. */
  every: number;
  next: number;
  /** Observations that had been refused when it began. */
  refused: number;
}

/** A course that begins after `recent` more observations: its first point shares none with what made it begin. */
export const freshTrend = (n: number, recent: number, refused: number): TrendState => ({
  points: [],
  every: recent,
  next: n + recent,
  refused,
});

/** Adds a point that is due. O(1), but for each halving. Changes `trend`. */
export function addToTrend(settings: TrendSettings, trend: TrendState, point: TrendPoint): void {
  trend.points.push(point);
  if (trend.points.length >= settings.points) {
    trend.points = trend.points.filter((_, i) => i % 2 === 1);
    trend.every *= 2;
  }
  trend.next = point[0] + trend.every;
}
