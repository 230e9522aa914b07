import { freshMoveState } from './moves/move-state';
import type { SpreaderState } from './state';

/** A spreader about which nothing is known yet. */
export const freshState = (spreader: string, org: string): SpreaderState => ({
  spreader,
  org,
  streams: {},
  counts: { frames: 0, duplicates: 0, late: 0 },
  dataUntil: null,
  heardAt: null,
  makesMoves: false,
  sendsOilTemp: false,
  latest: {},
  climate: [],
  moves: freshMoveState(),
  lateMoves: null,
  tracks: {},
  windows: {},
  generic: {},
  modes: {},
  conditionRevision: 0,
  health: null,
  published: null,
});
