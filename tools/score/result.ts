/** One line of the table. */
export interface ScoreLine {
  readonly what: string;
  readonly least: string;
  readonly aim: string;
  readonly ours: string;
  readonly met: boolean;
  /** Details. */
  readonly note: string;
  /** What others reach on the same, with the source. */
  readonly others?: string;
}

/** What others have published, read from a file beside the data where there is one. */
export interface Published<T> {
  readonly note?: string;
  readonly scores: Readonly<Record<string, T>>;
}
