import { sandboxScenarioNames, type SandboxScenario } from '@quaywatch/contracts';
import { minutes, type Duration } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { RunningDevice } from '@quaywatch/services/btu';

/** What scenarios do to a simulated device. */
export type StageDevice = Pick<RunningDevice, 'setFaults' | 'alarm' | 'startAgain'>;

/** What was done. */
export interface Played {
  readonly detail: string;
  /** Number of the spreader, when it is one. */
  readonly spreader: string | null;
}

const silence = minutes(5);
const floodLasts = minutes(2);
const floodSize = 12;
const floodCodes = ['CAN-GATEWAY', 'HYD-TEMP', 'LP-SIGNAL', 'SUP-24V'];

/** The simulated devices of the sandbox, and what is being done to them. */
export class SandboxStage {
  private readonly faulty = new Set<string>();
  private readonly silent = new Map<string, () => void>();
  private readonly versions = new Map<string, number>();
  private endFlood: (() => void) | undefined;

  constructor(
    private readonly devices: ReadonlyMap<string, StageDevice>,
    private readonly clock: Pick<Clock, 'now' | 'after'>,
  ) {}

  /** Plays a scenario; rejects when there is no such spreader, or none that is well. */
  async play(scenario: SandboxScenario, spreader: string | null): Promise<Played> {
    switch (scenario) {
      case 'fault':
        return this.fault(this.choose(spreader));
      case 'offline':
        return this.offline(this.choose(spreader));
      case 'alarm_flood':
        return this.flood();
      case 'firmware':
        return this.firmware(this.choose(spreader));
      case 'clean':
        return this.clean();
      default:
        throw new Error(`there is no scenario ${String(scenario)}; there are ${sandboxScenarioNames.join(', ')}`);
    }
  }

  private choose(wanted: string | null): readonly [string, StageDevice] {
    for (const [number, device] of this.devices) {
      const well = !this.faulty.has(number) && !this.silent.has(number);
      if (wanted === null ? well : wanted === number && !this.silent.has(number)) return [number, device];
    }
    throw new Error(
      wanted === null ? 'no spreader is well: play clean first' : `${wanted} is not there, or is offline`,
    );
  }

  private fault([number, device]: readonly [string, StageDevice]): Played {
    const now = this.clock.now();
    device.setFaults([{ mode: 'FM-02', position: 1, onsetAt: now, fullAt: now + 1, shape: 'step' }]);
    this.faulty.add(number);
    return { spreader: number, detail: 'Twistlock 1 locks slowly from now on (FM-02).' };
  }

  private offline([number, device]: readonly [string, StageDevice]): Played {
    this.away(number, device, this.versionOf(number), silence);
    return { spreader: number, detail: `Without a connection for ${silence / minutes(1)} minutes from now on.` };
  }

  private firmware([number, device]: readonly [string, StageDevice]): Played {
    this.versions.set(number, (this.versions.get(number) ?? 0) + 1);
    this.away(number, device, this.versionOf(number), 0);
    return { spreader: number, detail: `Starts again with firmware ${this.versionOf(number)}.` };
  }

  private flood(): Played {
    this.endFlood?.();
    const chosen = [...this.devices].slice(0, floodSize);
    const tell = (active: boolean): void => {
      for (const [i, [, device]] of chosen.entries())
        device.alarm({
          code: floodCodes[i % floodCodes.length] ?? '',
          location: null,
          active,
          severity: i % 3 === 0 ? 'act_now' : 'plan',
          text: 'Sandbox: part of a flood of alarms',
        });
    };
    tell(true);
    const cancel = this.clock.after(floodLasts, () => this.endFlood?.());
    this.endFlood = () => {
      cancel();
      this.endFlood = undefined;
      tell(false);
    };
    return { spreader: null, detail: `${chosen.length} units report alarms, for ${floodLasts / minutes(1)} minutes.` };
  }

  private clean(): Played {
    this.endFlood?.();
    for (const [number, device] of this.devices) if (this.faulty.delete(number)) device.setFaults([]);
    for (const back of this.silent.values()) back();
    return { spreader: null, detail: 'Faults have ended, and every unit connects again.' };
  }

  private away(number: string, device: StageDevice, version: string, length: Duration): void {
    let back = (): void => undefined;
    const pause = new Promise<void>((resolve) => {
      const cancel = this.clock.after(length, resolve);
      back = () => {
        cancel();
        resolve();
      };
    });
    this.silent.set(number, back);
    void device.startAgain(version, pause).finally(() => this.silent.delete(number));
  }

  private versionOf(number: string): string {
    return `1.${this.versions.get(number) ?? 0}.0`;
  }
}
