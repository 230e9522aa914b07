/** Rated load in t by type of spreader, where nothing better is on record (domain.md §2.1: makers' data). */
export const ratedLoadOfType: Readonly<Record<string, number>> = {
  sts_single: 41,
  sts_twin: 50,
  mhc: 50,
  yard: 41,
  straddle: 50,
  reach_stacker: 45,
  other: 41,
};
