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
  /** Lock cycles of each twistlock at the start. */
  readonly cycles: readonly number[];
  readonly brake: number;
  readonly driveCurrent: number;
  readonly driveRise: number;
  readonly humidity: number;
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
    cycles: four(20_000, 180_000).map(Math.round),
    brake: noise.between(180, 240),
    driveCurrent: noise.between(14, 18),
    driveRise: noise.between(18, 24),
    humidity: noise.between(42, 55),
  };
}

/** The physics of one spreader: hydraulics minute by minute, and how fast things move at a given oil temperature. */
export class Machine {
  readonly individual: Individual;
  private rise = 0;
  private minuteAt: number;

  constructor(
    private readonly seed: number,
    /** What goes wrong; may be changed while it runs. */
    public faults: readonly SimulatedFault[],
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
      pressure: this.individual.pressure * (1 - 0.18 * pump) + 13 * this.wear('FM-17', at) + 1.3 * noise.normal(),
      duty: this.individual.duty + 28 * pump + 8 * this.wear('FM-18', at) + 3 * noise.normal(),
    };
  }

  /** Noise of its own for one thing at one time, so that a fault does not shift what is drawn elsewhere. */
  whim(what: string, at: Instant): Noise {
    return new Noise(seedOf(this.seed, what, Math.round(at)));
  }

  /** How much slower than at 45 °C oil and full pressure everything moves at this oil temperature. */
  slowness(at: Instant, oil: number): number {
    return (1 + (45 - oil) * 0.008) * (1 + 0.06 * this.wear('FM-15', at));
  }

  /** Sag of the control voltage in this sample, V. */
  sag(at: Instant): number {
    const wear = this.wear('FM-27', at);
    return wear > 0 && this.whim('sag', at).chance(0.15) ? 4.6 * wear : 0;
  }

  /** Cabinet temperature where its sensor stands still, °C; undefined while it works. */
  cabinet(at: Instant): number | undefined {
    return this.wear('FM-34', at) > 0.3 ? 23.125 : undefined;
  }

  /** Humidity in the cabinet, %. */
  humidity(at: Instant): number {
    const noise = this.whim('humidity', at).normal();
    return Math.min(98, this.individual.humidity + 40 * this.wear('FM-28', at)) + 0.5 * noise;
  }

  /** Temperature of the electric drive, °C. */
  driveTemperature(at: Instant, ambient: number): number {
    const noise = this.whim('drive', at).normal();
    return ambient + this.individual.driveRise + 20 * this.wear('FM-29', at) + 0.8 * noise;
  }

  /** What is told once an hour: oil samples, link, insulation, cycles of the twistlocks, the unit's own health. */
  hourly(at: Instant, moves: number): [signal: string, at: number, value: number | string][] {
    const noise = this.whim('hourly', at);
    const dirt = this.wear('FM-21', at);
    const cable = this.wear('FM-25', at);
    const damp = this.wear('FM-28', at);
    const insulation = 5 * (1 - 0.4 * Math.min(1, cable)) * Math.exp(-3 * damp) * (1 + 0.1 * noise.normal());
    const codes = [18, 16, 13].map((code) => code + Math.round(3 * dirt)).join('/');
    return [
      ['hyd.water', at, 80 + 500 * dirt + 5 * noise.normal()],
      ['hyd.clean', at, codes],
      ['link.drop', at, Math.round(5 * cable * (0.6 + 0.8 * noise.uniform()))],
      ['insul', at, Math.max(0.02, insulation)],
      ['clock.offset', at, 0.2 * noise.normal() + (this.wear('FM-34', at) > 0.6 ? 70 : 0)],
      ['btu.buffer', at, 2],
      ...this.individual.cycles.map((cycles, i): [string, number, number] => {
        const worn = this.wear('FM-05', at, i + 1);
        return [`tl[${i + 1}].cycles`, at, worn > 0 ? Math.round(235_000 + 50_000 * worn) : cycles + moves];
      }),
    ];
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
