import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedFault } from '@quaywatch/domain/simulator';
import { SandboxStage, type StageDevice } from './sandbox-stage';

/** A device that notes what is done to it. */
class Noted implements StageDevice {
  faults: readonly SimulatedFault[] = [];
  readonly alarms: boolean[] = [];
  version = '1.0.0';
  away = false;

  setFaults(faults: readonly SimulatedFault[]): void {
    this.faults = faults;
  }
  alarm({ active }: Parameters<StageDevice['alarm']>[0]): void {
    this.alarms.push(active);
  }
  async startAgain(version: string, pause?: Promise<void>): Promise<void> {
    this.away = true;
    await pause;
    this.away = false;
    this.version = version;
  }
}

describe('stage of the sandbox', () => {
  let devices: Map<string, Noted>;
  let stage: SandboxStage;
  let timers: Map<() => void, number>;
  const device = (n: number): Noted => devices.get(`SBX-${n}`) as Noted;
  const pass = async (ms: number): Promise<void> => {
    for (const [work, at] of [...timers]) if (at <= ms && timers.delete(work)) work();
    await new Promise((resolve) => setImmediate(resolve));
  };
  beforeEach(() => {
    devices = new Map(Array.from({ length: 24 }, (_, i) => [`SBX-${i + 1}`, new Noted()]));
    timers = new Map();
    stage = new SandboxStage(devices, {
      now: () => 1000,
      after: (delay, work) => {
        timers.set(work, delay);
        return () => void timers.delete(work);
      },
    });
  });

  it('brings a fault to the spreader that was named, else to one that is well', async () => {
    expect((await stage.play('fault', 'SBX-5')).spreader).toBe('SBX-5');
    expect((await stage.play('fault', null)).spreader).toBe('SBX-1');
    expect((await stage.play('fault', null)).spreader).toBe('SBX-2');
    expect(device(5).faults).toEqual([{ mode: 'FM-02', position: 1, onsetAt: 1000, fullAt: 1001, shape: 'step' }]);
    await expect(stage.play('fault', 'SBX-99')).rejects.toThrow('SBX-99 is not there');
  });

  it('takes a device off the air for five minutes, and back earlier when all shall be clean', async () => {
    await stage.play('offline', 'SBX-1');
    await stage.play('offline', 'SBX-2');
    expect([device(1).away, device(2).away]).toEqual([true, true]);
    await expect(stage.play('offline', 'SBX-1')).rejects.toThrow('offline');
    await pass(300_000);
    expect([device(1).away, device(2).away]).toEqual([false, false]);
    await stage.play('offline', 'SBX-1');
    await stage.play('clean', null);
    await pass(0);
    expect(device(1).away).toBe(false);
  });

  it('floods with the alarms of twelve units, which end after two minutes or when all shall be clean', async () => {
    await stage.play('alarm_flood', null);
    expect([...devices.values()].filter(({ alarms }) => alarms.length > 0)).toHaveLength(12);
    await pass(120_000);
    expect(device(1).alarms).toEqual([true, false]);
    await stage.play('alarm_flood', null);
    await stage.play('clean', null);
    await pass(120_000);
    expect(device(1).alarms).toEqual([true, false, true, false]);
  });

  it('gives a device the next firmware each time', async () => {
    await stage.play('firmware', 'SBX-3');
    await pass(0);
    expect(device(3).version).toBe('1.1.0');
    await stage.play('firmware', 'SBX-3');
    await pass(0);
    expect(device(3).version).toBe('1.2.0');
  });

  it('ends the faults it has brought', async () => {
    await stage.play('fault', null);
    await stage.play('clean', null);
    expect(device(1).faults).toEqual([]);
    expect((await stage.play('fault', null)).spreader).toBe('SBX-1');
  });
});
