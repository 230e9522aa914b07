import type { ChangeSettings } from './change-control';
import type { CommitteeSettings } from './committee';
import type { SurpriseSettings } from './context-surprise';
import type { CourseSettings } from './course-control';
import type { JointSettings } from './joint-control';
import type { LifeSettings } from './remaining-life';

/** A signal of unknown nature, with `learn` samples to learn its range from. */
export const surpriseDefaults = (learn: number): SurpriseSettings => ({
  learn,
  levels: [3, 4, 5, 6, 7, 8],
  ranks: [3, 5, 8],
  smooth: 5,
  memory: 2000,
  alarm: 3,
  habit: 0.2,
  forget: learn,
  rest: Math.floor(learn / 3),
});

/** A component's features of which a long-lasting change of level is looked for. */
export const levelDefaults: JointSettings = {
  weight: 0.14,
  smooth: 1,
  ridge: 0.2,
  drift: 2,
  settle: 50,
  quantile: 0.99,
  factor: 3,
  release: 0.45,
};

/** All signals of a machine of which nothing is known, and of which a long-lasting change of level is looked for. */
export const committeeDefaults: CommitteeSettings = {
  member: { ...levelDefaults, ridge: 0.4, factor: 1 },
  starts: [0, 0.25, 0.5],
  limit: 3,
  release: 0.3,
  subside: 0.1,
  again: 3,
};

/** A group of signals of which each change of level is wanted at once. */
export const changeDefaults: ChangeSettings = {
  fast: 0.2,
  slow: 0.02,
  ridge: 0.3,
  drift: 2,
  skip: 0.25,
  settle: 1 / 3,
  quantile: 0.99,
  factor: 2,
  rest: 40,
};

/** A group of signals of which any lasting change of behaviour is looked for, also of spread and of how they move together. */
export const behaviourDefaults: JointSettings = {
  weight: 1,
  smooth: 0.1,
  ridge: 0.001,
  drift: Infinity,
  settle: 0,
  quantile: 0.99,
  factor: 1,
  release: 1,
};

/** Remaining life in uses, told apart up to 125. */
export const lifeDefaults: LifeSettings = {
  windows: [[40], [30, 80], [20, 60]],
  every: 10,
  cap: 125,
  gamma: 0.5,
  linear: 1,
  noise: 0.3,
  coverage: 0.9,
  folds: 5,
};

/** The course of a movement; a finding needs several movements. */
export const courseDefaults: CourseSettings = { ridge: 0.1, smooth: 0.3 };
