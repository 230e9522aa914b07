/** One line of the table. */
export interface ScoreLine {
  readonly what: string;
  readonly least: string;
  readonly aim: string;
  readonly ours: string;
  readonly met: boolean;
  /** What others have published, and details. */
  readonly note: string;
}
