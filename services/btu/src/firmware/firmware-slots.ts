import type { FirmwareReport, SignedManifest } from '@quaywatch/contracts';
import { describeError, Fault } from '@quaywatch/kernel';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { factoryProgram, loadProgram, type Program } from './program';
import { verifyManifest } from './verify-firmware';

type Slot = 'a' | 'b';
type Place = Slot | 'factory';

/** A firmware that runs on trial: it goes when it does not prove itself. */
export interface Trial {
  readonly rollout: string;
  readonly former: Place;
  readonly version: string;
  readonly boots: number;
  /** ms UTC. */
  readonly since: number;
}

interface State {
  readonly active: Place;
  readonly trial: Trial | null;
  /** What the platform must still hear. */
  readonly report: FirmwareReport | null;
  /** The last roll-out that came to an end here. */
  readonly ended: string | null;
}

const mostTrialBoots = 2;

/**
 * The two slots of a BTU in its folder. One runs; the other takes the next firmware. Which one runs is one file, replaced
 * in one step, so that the end of power at any moment leaves one that runs. What is in a slot is checked against its
 * signed manifest at every start; a firmware on trial that does not start twice goes back by itself.
 */
export class FirmwareSlots {
  private state: State;

  constructor(
    private readonly folder: string,
    private readonly keys: string,
    private readonly factoryVersion: string,
  ) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'state.json');
    this.state = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as State)
      : { active: 'factory', trial: null, report: null, ended: null };
  }

  /** The firmware on trial; null = none is. */
  get trial(): Trial | null {
    return this.state.trial;
  }

  /** What the platform must still hear; null = nothing. */
  get report(): FirmwareReport | null {
    return this.state.report;
  }

  /** True when the roll-out came to its end here. */
  hasEnded(rollout: string): boolean {
    return this.state.ended === rollout;
  }

  /** Starts what is active; a firmware on trial that cannot be started goes back to the one before. */
  boot(): Program {
    const { trial } = this.state;
    if (trial) {
      this.keep({ trial: { ...trial, boots: trial.boots + 1 } });
      if (trial.boots >= mostTrialBoots) this.goBack('it did not prove itself in two starts');
    }
    try {
      return this.load(this.state.active);
    } catch (error) {
      if (this.state.trial) {
        this.goBack(describeError(error));
        return this.boot();
      }
      // What cannot be trusted does not run: the factory's program always can.
      this.keep({ active: 'factory' });
      return factoryProgram(this.factoryVersion);
    }
  }

  /** Puts a checked artefact into the slot that does not run, and makes that the active one, on trial. */
  install(rollout: string, version: string, signed: SignedManifest, artefact: Uint8Array, now: number): void {
    const former = this.state.active;
    const slot: Slot = former === 'a' ? 'b' : 'a';
    const folder = join(this.folder, slot);
    mkdirSync(folder, { recursive: true });
    writeSafely(join(folder, 'program.js'), artefact);
    writeSafely(join(folder, 'manifest.json'), Buffer.from(JSON.stringify(signed)));
    this.keep({ active: slot, trial: { rollout, former, version, boots: 0, since: now } });
  }

  /** The firmware on trial stays. */
  confirm(): void {
    const { trial } = this.state;
    if (trial) this.end(trial.rollout, 'confirmed', `${trial.version} runs`);
  }

  /** The firmware on trial goes: the next start has the one before. */
  goBack(why: string): void {
    const { trial } = this.state;
    if (!trial) return;
    this.keep({ active: trial.former });
    this.end(trial.rollout, 'rolled_back', why);
  }

  /** A roll-out came to its end here; the platform is to hear it. */
  end(rollout: string, step: 'confirmed' | 'failed' | 'rolled_back', detail: string): void {
    this.keep({ trial: null, ended: rollout, report: { v: 1, rollout, step, detail: detail.slice(0, 200) } });
  }

  /** The platform has heard it. */
  reported(): void {
    this.keep({ report: null });
  }

  private load(place: Place): Program {
    if (place === 'factory') return factoryProgram(this.factoryVersion);
    const folder = join(this.folder, place);
    const signed = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as SignedManifest;
    const manifest = verifyManifest(signed, this.keys);
    if (!manifest.ok) throw new Fault('FIRMWARE_BROKEN', manifest.reason);
    const artefact = readFileSync(join(folder, 'program.js'));
    if (createHash('sha256').update(artefact).digest('hex') !== manifest.value.sha256)
      throw new Fault('FIRMWARE_BROKEN', 'the artefact is not the one that was signed');
    return loadProgram(artefact.toString('utf8'), manifest.value.version);
  }

  private keep(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    writeSafely(join(this.folder, 'state.json'), Buffer.from(JSON.stringify(this.state)));
  }
}

function writeSafely(file: string, bytes: Uint8Array): void {
  const handle = openSync(`${file}.new`, 'w', 0o600);
  writeSync(handle, bytes);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(`${file}.new`, file);
}
