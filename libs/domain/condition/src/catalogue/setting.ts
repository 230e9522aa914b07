/** Where a setting can be set, the most general first: what is set further down wins. */
export const settingScopes = ['organisation', 'type', 'model', 'terminal', 'spreader'] as const;

/** Where a setting can be set. */
export type SettingScope = (typeof settingScopes)[number];

/** What a setting can be. */
export type SettingValue = number | string | boolean | readonly string[];

/** One thing that can be edited about the analysis. */
export interface SettingEntry {
  /** Its place in the catalogue, e.g. `limits/hyd.press/ratio-below/plan` or `failure-modes/FM-02/parts`. */
  readonly id: string;
  readonly group: string;
  /** In words, for people. */
  readonly words: string;
  /** UCUM unit; `1` for numbers without one and for everything that is no number. */
  readonly unit: string;
  readonly kind: 'number' | 'flag' | 'text' | 'list' | 'choice';
  /** Smallest and largest number; null where it is none. */
  readonly low: number | null;
  readonly high: number | null;
  /** True when only whole numbers will do. */
  readonly whole: boolean;
  /** What may be chosen; null where it is no choice. */
  readonly choices: readonly string[] | null;
  /** Where it stands in the settings. */
  readonly path: readonly (string | number)[];
}

/** The place of a spreader in the catalogue: what of each scope is about it. */
export interface SettingPlace {
  readonly type: string;
  readonly model: string;
  readonly terminal: string;
  readonly spreader: string;
}
