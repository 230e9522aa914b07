import type { Instant } from '@quaywatch/kernel';
import { severity, type SimulatedFault, type SimulatedMode } from './fault';
import { Noise, seedOf } from './noise';

/** What is particular to one spreader: no two are alike, even of one model. Units as in the signal catalogue. */
export interface Individual {
  readonly lockTime: readonly number[];
  readonly unlockTime: readonly number[];
  readonly pinDelay: readonly number[];
  readonly flipper: readonly number[];
  readonly teleTime: number;
  readonly teleCurrent: number;
  readonly pressure: number;
  readonly duty: number;
  readonly level: number;
  readonly pumpCurrent: number;
  readonly vibration: number;
  readonly loadZero: number;
  /** Shift of the day's temperature curve, °C. */
  readonly climate: number;
}

/** State of the hydraulics at a minute. */
export interface Hydraulics {
  readonly oil: number;
  readonly ambient: number;
  readonly level: number;
  readonly pressure: number;
  readonly duty: number;
}

const minute = 60_000;
const day = 86_400_000;

/** Draws an individual from its seed. */
export function drawIndividual(seed: number): Individual {
  const noise = new Noise(seedOf('individual', seed));
  const four = (low: number, high: number): number[] => [1, 2, 3, 4].map(() => noise.between(low, high));
  return {
    lockTime: four(1100, 1350),
    unlockTime: four(1000, 1250),
    pinDelay: four(100, 260),
    flipper: four(3.7, 4.4),
    teleTime: noise.between(25.5, 28.5),
    teleCurrent: noise.between(18, 24),
    pressure: noise.between(98, 107),
    duty: noise.between(38, 50),
    level: noise.between(78, 90),
    pumpCurrent: noise.between(38, 46),
    vibration: noise.between(1, 1.6),
    loadZero: noise.normal() * 0.05,
    climate: noise.between(-3, 6),
  };
}

/** The physics of one spreader: hydraulics minute by minute, and how fast things move at a given oil temperature. */
export class Machine {
  readonly individual: Individual;
  private rise = 0;
  private minuteAt: number;

  constructor(
    private readonly seed: number,
    private readonly faults: readonly SimulatedFault[],
    startAt: Instant,
  ) {
    this.individual = drawIndividual(seed);
    this.minuteAt = Math.floor(startAt / minute) * minute;
    this.rise = 22;
  }

  /** Strongest severity of a mode at a position (any position when it is undefined), 0 when there is none. */
  wear(mode: SimulatedMode, at: Instant, position?: number): number {
    let most = 0;
    for (const fault of this.faults) {
      if (fault.mode !== mode || (position !== undefined && fault.position !== position)) continue;
      most = Math.max(most, severity(fault, at));
    }
    return most;
  }

  /** Hydraulics at a time; times must not go back by more than the present minute. */
  hydraulics(at: Instant): Hydraulics {
    while (this.minuteAt + minute <= at) {
      this.minuteAt += minute;
      this.warm(this.minuteAt);
    }
    const noise = new Noise(seedOf(this.seed, 'minute', Math.floor(at / 1000)));
    const pump = this.wear('FM-15', at);
    const leak = this.leaked(at);
    const ambient = this.ambient(at);
    return {
      ambient,
      oil: ambient + this.rise + 0.4 * noise.normal(),
      level: Math.max(5, this.individual.level - leak + 0.4 * noise.normal()),
      pressure: this.individual.pressure * (1 - 0.18 * pump) + 1.3 * noise.normal(),
      duty: this.individual.duty + 28 * pump + 8 * this.wear('FM-18', at) + 3 * noise.normal(),
    };
  }

  /** How much slower than at 45 °C oil and full pressure everything moves at this oil temperature. */
  slowness(at: Instant, oil: number): number {
    return (1 + (45 - oil) * 0.008) * (1 + 0.06 * this.wear('FM-15', at));
  }

  private ambient(at: Instant): number {
    return 14 + this.individual.climate + 6 * Math.sin(((at % day) / day) * 2 * Math.PI - 2);
  }

  private warm(at: Instant): void {
    const target = 24 + 14 * this.wear('FM-15', at) + 19 * this.wear('FM-20', at);
    this.rise += (target - this.rise) * (1 - Math.exp(-1 / 45));
  }

  /** Oil lost by an external leak, % of the tank: a slow drip, 12 % from onset to full severity. */
  private leaked(at: Instant): number {
    return 14 * this.wear('FM-18', at);
  }
}
