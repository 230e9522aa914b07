const Real = Date;
let ahead = 0;

class Jumped extends Real {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(Real.now() + ahead);
    else super(...(given as [number]));
  }
  static override now(): number {
    return Real.now() + ahead;
  }
}

/** Puts the wall clock of this process ahead of the machine's by `ms` (behind when negative); 0 takes it back. */
export function jumpClock(ms: number): void {
  ahead = ms;
  globalThis.Date = (ms === 0 ? Real : Jumped) as DateConstructor;
}
