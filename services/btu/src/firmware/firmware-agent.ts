import type { FirmwareOffer } from '@quaywatch/contracts';
import { describeError, minutes, seconds } from '@quaywatch/kernel';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../client/identity';
import { FirmwareClient } from './firmware-client';
import { FirmwareSlots } from './firmware-slots';
import type { Program, ProgramFacts } from './program';
import type { LockState } from './twistlocks';
import { mayInstall, verifyManifest } from './verify-firmware';

/** How a BTU takes firmware. */
export interface FirmwareAgentOptions {
  /** Enrolment server, `https://host:port`. */
  readonly url: string;
  /** Folder of the slots. */
  readonly folder: string;
  /** Public keys of the publishers it trusts, PEM. */
  readonly keys: string;
  /** Hardware model. */
  readonly model: string;
  readonly factoryVersion: string;
  readonly identity: () => Identity;
  /** Whether a twistlock is locked now: then nothing is installed. */
  readonly locks: () => LockState;
  /** Starts the device again with this program. */
  readonly reboot: (program: Program) => Promise<void>;
  /** How the device is since its start. */
  readonly facts: () => ProgramFacts;
  /** Time between two questions for firmware, ms; default 5 min, each drawn between half and all of it. */
  readonly every?: number;
  /** Time between two looks at locks and health, ms; default 1 s. */
  readonly lookEvery?: number;
  /** Time in which a new firmware must prove itself, ms; default 5 min. */
  readonly confirmWithin?: number;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly onEvent?: (event: string, detail: string) => void;
}

/**
 * Takes firmware that a roll-out offers: checks who signed it, its hash, its model and that it is no step back, waits
 * until no twistlock is locked, starts it from the other slot, and goes back to the one before when it does not prove
 * itself in time. It moves nothing: the interlock is the device's own, the platform cannot lift it (law L5).
 */
export class FirmwareAgent {
  /** What runs. */
  program: Program;
  private readonly slots: FirmwareSlots;
  private readonly client: FirmwareClient;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private told = '';
  private readonly parts: string;

  constructor(private readonly options: FirmwareAgentOptions) {
    this.slots = new FirmwareSlots(options.folder, options.keys, options.factoryVersion);
    this.client = new FirmwareClient(options.url, options.identity);
    this.parts = join(options.folder, 'download');
    this.program = this.slots.boot();
  }

  /** Begins to ask; the device must be running. */
  start(): void {
    this.plan(0);
  }

  /** Stops; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private get now(): number {
    return (this.options.now ?? Date.now)();
  }

  private plan(wait: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.look()
        .catch((error: unknown) => {
          this.options.onEvent?.('firmware-failed', describeError(error));
          return 'later' as const;
        })
        .then((next) => this.plan(next === 'soon' ? this.soon : this.later));
    }, wait);
    this.timer.unref();
  }

  private get soon(): number {
    return this.options.lookEvery ?? seconds(1);
  }

  private get later(): number {
    return (this.options.every ?? minutes(5)) * (0.5 + 0.5 * (this.options.random ?? Math.random)());
  }

  private async look(): Promise<'soon' | 'later'> {
    if (this.slots.trial) return this.probe();
    const { report } = this.slots;
    if (report) {
      await this.client.report(report);
      this.slots.reported();
    }
    const offer = await this.client.offer();
    if (!offer || this.slots.hasEnded(offer.rollout)) return 'later';
    const checked = verifyManifest(offer, this.options.keys);
    const fits = checked.ok ? mayInstall(checked.value, this.options.model, this.program.version) : checked;
    if (!fits.ok) return this.fail(offer, fits.reason);
    const { version, sha256, size } = fits.value;
    if (version === this.program.version) {
      this.slots.end(offer.rollout, 'confirmed', `${version} runs already`);
      return 'soon';
    }
    const file = this.part(sha256);
    await this.tell(offer, 'downloading', version);
    await this.client.fetch(offer.firmware, size, file);
    const artefact = readFileSync(file);
    if (createHash('sha256').update(artefact).digest('hex') !== sha256) {
      rmSync(file, { force: true });
      return this.fail(offer, 'the artefact is not the one that was signed');
    }
    if (this.options.locks() !== 'free') {
      await this.tell(offer, 'waiting', `twistlocks ${this.options.locks()}`);
      return 'soon';
    }
    await this.tell(offer, 'installing', version);
    // They may have been locked while the platform was told.
    if (this.options.locks() !== 'free') return 'soon';
    this.slots.install(offer.rollout, version, offer, artefact, this.now);
    rmSync(file, { force: true });
    this.options.onEvent?.('firmware', `starts ${version}`);
    await this.restart();
    return 'soon';
  }

  /** Whether the firmware on trial has proved itself; back to the one before when its time is over. */
  private async probe(): Promise<'soon'> {
    const { trial } = this.slots;
    if (!trial) return 'soon';
    let works: boolean;
    try {
      works = this.program.selfTest(this.options.facts());
    } catch {
      works = false;
    }
    const { connected, born } = this.options.facts();
    // Its own word is not enough: a device that does not reach the platform could never be helped again.
    if (works && connected && born) {
      this.slots.confirm();
      this.options.onEvent?.('firmware', `keeps ${trial.version}`);
    } else if (this.now - trial.since > (this.options.confirmWithin ?? minutes(5))) {
      this.slots.goBack(`${trial.version} did not prove itself in time`);
      this.options.onEvent?.('firmware', `goes back from ${trial.version}`);
      await this.restart();
    }
    return 'soon';
  }

  private async restart(): Promise<void> {
    this.program = this.slots.boot();
    await this.options.reboot(this.program);
  }

  private fail(offer: FirmwareOffer, why: string): 'soon' {
    this.slots.end(offer.rollout, 'failed', why);
    this.options.onEvent?.('firmware-refused', why);
    return 'soon';
  }

  /** Once for each step: what is told again changes nothing there, and costs. */
  private async tell(offer: FirmwareOffer, step: 'downloading' | 'waiting' | 'installing', detail: string) {
    const key = `${offer.rollout} ${step}`;
    if (this.told === key || (step === 'downloading' && this.told.startsWith(`${offer.rollout} `))) return;
    await this.client.report({ v: 1, rollout: offer.rollout, step, detail });
    this.told = key;
  }

  /** Where this artefact is fetched to; what is left of others goes. */
  private part(sha256: string): string {
    mkdirSync(this.parts, { recursive: true });
    for (const name of readdirSync(this.parts)) if (name !== sha256) rmSync(join(this.parts, name));
    return join(this.parts, sha256);
  }
}
