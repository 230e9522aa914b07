import type { SurpriseSettings } from './context-surprise';
import type { CourseSettings } from './course-control';
import type { JointSettings } from './joint-control';
import type { LifeSettings } from './remaining-life';

/** A signal of unknown nature, with `learn` samples to learn its range from. */
export const surpriseDefaults = (learn: number): SurpriseSettings => ({
  learn,
  levels: [3, 5, 8],
  smooth: 4,
  memory: 2000,
  alarm: 4,
  rest: Math.floor(learn / 5),
});

/** A group of signals of which a long-lasting change of level is looked for. */
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

/** A group of signals of which a change of level is wanted at once: less patience, and a limit further out. */
export const changeDefaults: JointSettings = { ...levelDefaults, weight: 0.12, ridge: 0.5, factor: 3.5, release: 0.7 };

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
  windows: [[40], [30, 80]],
  every: 12,
  cap: 125,
  gamma: 0.05,
  noise: 0.3,
  coverage: 0.9,
  folds: 5,
};

/** The course of a movement; a finding needs several movements. */
export const courseDefaults: CourseSettings = { ridge: 0.1, smooth: 0.3 };
