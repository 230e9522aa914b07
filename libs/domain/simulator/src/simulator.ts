import type { Instant } from '@quaywatch/kernel';
import type { SimulatedFault } from './fault';
import { Machine } from './machine';
import { makeMove, type Row } from './make-move';
import { Noise, seedOf } from './noise';

/** One frame's content: columns by signal, times in ms UTC. */
export interface SimulatedFrame {
  readonly stream: 'live' | 'event';
  /** Time of the newest sample, ms UTC: when the device would send it. */
  readonly at: Instant;
  readonly signals: Readonly<
    Record<string, { readonly at: number[]; readonly values: (number | boolean | string | null)[] }>
  >;
}

/** What is simulated. */
export interface SimulatorOptions {
  readonly seed: number;
  readonly startAt: Instant;
  readonly faults: readonly SimulatedFault[];
  /** Mean time from one move to the next while working, ms; default 2.5 min. */
  readonly pace?: number;
  /** Hours of the day (UTC) without work, e.g. [2, 5] = from 02:00 to 05:00; default none. */
  readonly rest?: readonly [from: number, to: number];
}

const minute = 60_000;
const hour = 3_600_000;

/**
 * A physical model of one spreader at work, seeded: the same options give the same frames, whatever the steps in which
 * it is run. Healthy parts vary from one spreader to the next; faults develop over time.
 */
export class SpreaderSimulator {
  private readonly machine: Machine;
  private readonly noise: Noise;
  private nextMoveAt: Instant;
  private moveEndsAt: Instant;
  private liveAt: Instant;
  private hourAt: Instant;
  private moves = 0;
  private size: '20' | '40' = '40';

  constructor(private readonly options: SimulatorOptions) {
    this.machine = new Machine(options.seed, options.faults, options.startAt);
    this.noise = new Noise(seedOf(options.seed, 'moves'));
    this.nextMoveAt = options.startAt + this.noise.between(0, 2 * minute);
    this.moveEndsAt = options.startAt;
    this.liveAt = options.startAt;
    this.hourAt = (Math.floor(options.startAt / hour) + 1) * hour;
  }

  /** From the next sample on this goes wrong, and nothing else. */
  setFaults(faults: readonly SimulatedFault[]): void {
    this.machine.faults = faults;
  }

  /** Moves made so far. */
  get moveCount(): number {
    return this.moves;
  }

  /** Frames of stored history up to `until`: one event frame a move, and live samples of one a minute, ten to a frame. */
  *history(until: Instant): Generator<SimulatedFrame> {
    yield* this.run(until, minute, 10);
  }

  /** Frames up to `until` as they are sent on line: live samples of one a second, ten to a frame. */
  *live(until: Instant): Generator<SimulatedFrame> {
    yield* this.run(until, 1000, 10);
  }

  private *run(until: Instant, every: number, samples: number): Generator<SimulatedFrame> {
    for (;;) {
      const liveEnd = this.liveAt + every * samples;
      const due = Math.min(liveEnd, this.hourAt, this.pendingEnd());
      if (due > until) return;
      if (due === liveEnd) {
        yield this.liveFrame(every, samples);
        this.liveAt = liveEnd;
      } else if (due === this.hourAt) {
        yield this.hourFrame();
        this.hourAt += hour;
      } else yield this.moveFrame();
    }
  }

  /** When the next move ends; the move itself is drawn when it is due, so that steps do not matter. */
  private pendingEnd(): Instant {
    return Math.max(this.nextMoveAt, this.moveEndsAt) + 100_000;
  }

  private moveFrame(): SimulatedFrame {
    const startAt = Math.max(this.nextMoveAt, this.moveEndsAt);
    const wanted = this.noise.chance(0.15) ? (this.size === '40' ? '20' : '40') : this.size;
    const { rows, endAt } = makeMove(this.machine, this.noise, {
      startAt,
      first: this.moves === 0,
      from: this.size,
      to: wanted,
    });
    this.size = wanted;
    this.moves += 1;
    this.moveEndsAt = endAt;
    this.nextMoveAt = this.working(startAt + (this.options.pace ?? 2.5 * minute) * this.noise.between(0.7, 1.4));
    return frameOf('event', startAt + 100_000, rows);
  }

  private working(at: Instant): Instant {
    const [from, to] = this.options.rest ?? [0, 0];
    const midnight = Math.floor(at / (24 * hour)) * 24 * hour;
    const hours = (at - midnight) / hour;
    return from < to && hours >= from && hours < to ? midnight + to * hour : at;
  }

  private liveFrame(every: number, samples: number): SimulatedFrame {
    const rows: Row[] = [];
    for (let i = 0; i < samples; i++) {
      const at = this.liveAt + i * every;
      const { oil, ambient, level, pressure } = this.machine.hydraulics(at);
      const noise = new Noise(seedOf(this.options.seed, 'live', Math.floor(at / 1000)));
      const pump = this.machine.wear('FM-15', at);
      const motor = this.machine.wear('FM-22', at);
      rows.push(
        ['hyd.press', at, pressure],
        ['hyd.pressIdle', at, 18 + noise.normal()],
        ['hyd.oilTemp', at, oil],
        ['hyd.level', at, level],
        ['env.temp', at, ambient],
        [
          'pump.current',
          at,
          this.machine.individual.pumpCurrent * (1 + 0.04 * pump + 0.35 * motor) + 0.6 * noise.normal(),
        ],
        ['vib.rms', at, this.machine.individual.vibration * (1 + 0.4 * pump + 2 * motor) + 0.05 * noise.normal()],
        ['sup.24v', at, 25.4 + 0.15 * noise.normal() - this.machine.sag(at)],
        ['sup.volt', at, 400 + 1.5 * noise.normal()],
        ['cab.temp', at, this.machine.cabinet(at) ?? ambient + 9 + 0.3 * noise.normal()],
        ['cab.hum', at, this.machine.humidity(at)],
        ['eld[1].temp', at, this.machine.driveTemperature(at, ambient)],
      );
    }
    return frameOf('live', this.liveAt + (samples - 1) * every, rows);
  }

  private hourFrame(): SimulatedFrame {
    const at = this.hourAt;
    const { duty } = this.machine.hydraulics(at);
    const noise = new Noise(seedOf(this.options.seed, 'hour', Math.floor(at / hour)));
    return frameOf('event', at, [
      ['hyd.pumpDuty', at, Math.max(0, Math.min(100, duty))],
      ['pump.starts', at, Math.round(12 + 2 * noise.normal())],
      ['can.err', at, Math.round(Math.abs(noise.normal()) + 60 * this.machine.wear('FM-26', at))],
      ...this.machine.hourly(at, this.moves),
      ['op.hours', at, Math.round((at - this.options.startAt) / hour)],
    ]);
  }
}

function frameOf(stream: 'live' | 'event', at: Instant, rows: readonly Row[]): SimulatedFrame {
  const signals: Record<string, { at: number[]; values: (number | boolean | string | null)[] }> = {};
  for (const [signal, time, value] of rows) {
    const column = (signals[signal] ??= { at: [], values: [] });
    column.at.push(Math.round(time));
    column.values.push(typeof value === 'number' ? Math.round(value * 1000) / 1000 : value);
  }
  return { stream, at: Math.round(at), signals };
}
