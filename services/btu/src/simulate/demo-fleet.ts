import { hours, minutes, type Instant } from '@quaywatch/kernel';
import { componentOf, seedOf, type SimulatedFault, type SimulatedMode } from '@quaywatch/domain/simulator';

/** A simulated spreader with its BTU. */
export interface SimulatedDevice {
  readonly btu: string;
  /** Number and serial of the spreader. */
  readonly number: string;
  readonly serial: string;
  readonly model: string;
  /** Index of the terminal, and number of the crane it hangs under. */
  readonly terminal: number;
  readonly crane: string;
  readonly seed: number;
  readonly faults: readonly SimulatedFault[];
  /** The BTU goes silent at this time. */
  readonly silentAt: Instant | null;
}

/** The demonstration: terminals and their spreaders. */
export interface DemoFleet {
  readonly terminals: readonly { readonly name: string; readonly timeZone: string }[];
  readonly devices: readonly SimulatedDevice[];
}

type Wear = readonly [
  device: number,
  mode: SimulatedMode,
  position: number,
  onsetHoursAgo: number,
  fullHoursAgo: number,
  shape: SimulatedFault['shape'],
];

// Some are long clear, some have just begun and become clear while one watches.
const wear: readonly Wear[] = [
  [2, 'FM-02', 3, 24, 10, 'linear'],
  [5, 'FM-15', 1, 22, 8, 'linear'],
  [7, 'FM-23', 2, 22, 7, 'linear'],
  [9, 'FM-07', 4, 22, 8, 'linear'],
  [13, 'FM-20', 1, 16, 6, 'linear'],
  [15, 'FM-10', 1, 20, 4, 'linear'],
  [18, 'FM-04', 1, 22, 9, 'linear'],
  [20, 'FM-24', 1, 22, 10, 'linear'],
  [22, 'FM-18', 1, 16, -8, 'linear'],
];

/** How long a history the simulated devices have stored when they first connect. */
export const demoHistory = hours(36);

/** Mean time from one move to the next, ms: a busy quay. */
export const demoPace = minutes(4);

/** Least time between two frames that a device sends, ms: 24 backlogs leave the platform free to answer people. */
export const demoSendPace = 180;

/** 24 spreaders on two terminals, nine of them wearing, one gone silent; the same seed gives the same fleet. */
export function demoFleet(seed: number, now: Instant): DemoFleet {
  const devices = Array.from({ length: 24 }, (_, i): SimulatedDevice => {
    const id = String(101 + i).padStart(4, '0');
    return {
      btu: `BTU-${id}`,
      number: `SPR-${id}`,
      serial: `QW-${seed}-${id}`,
      model: 'Twin-lift 45',
      terminal: i < 12 ? 0 : 1,
      crane: `STS-${String(i < 12 ? i + 1 : i + 9).padStart(2, '0')}`,
      seed: seedOf('demo', seed, i),
      faults: wear
        .filter(([device]) => device === i)
        .map(([, mode, position, onset, full, shape]) => ({
          mode,
          position,
          onsetAt: now - hours(onset),
          fullAt: now - hours(full),
          shape,
        })),
      silentAt: i === 11 ? now - hours(3) : null,
    };
  });
  return {
    terminals: [
      { name: 'Gothenburg', timeZone: 'Europe/Stockholm' },
      { name: 'Savannah', timeZone: 'America/New_York' },
    ],
    devices,
  };
}

/** Mean time from one move to the next in the sandbox, ms: so many that what a scenario does shows within minutes. */
export const sandboxPace = minutes(1);

/** History of the sandbox: enough moves to know what is normal, and soon sent. */
export const sandboxHistory = hours(6);

/** 24 spreaders of one terminal, all well: what goes wrong with them is decided by scenarios. */
export function sandboxFleet(seed: number): DemoFleet {
  return {
    terminals: [{ name: 'Sandbox quay', timeZone: 'UTC' }],
    devices: Array.from({ length: 24 }, (_, i): SimulatedDevice => {
      const number = String(i + 1).padStart(4, '0');
      return {
        btu: `SBX-BTU-${number}`,
        number: `SBX-${number}`,
        serial: `SBX-${seed}-${number}`,
        model: 'Twin-lift 45',
        terminal: 0,
        crane: `SBX-STS-${String(i + 1).padStart(2, '0')}`,
        seed: seedOf('sandbox', seed, i),
        faults: [],
        silentAt: null,
      };
    }),
  };
}

/** What is really wrong, for tests that compare it with what was found. */
export const truthOf = (fleet: DemoFleet): object[] =>
  fleet.devices.flatMap((device) =>
    device.faults.map((fault) => ({
      spreader: device.number,
      btu: device.btu,
      component: componentOf(fault),
      ...fault,
    })),
  );
