import { findSignal, type DeviceCommand } from '@quaywatch/contracts';
import { SpreaderSimulator, type SimulatedFault, type SimulatedFrame } from '@quaywatch/domain/simulator';
import { minutes, seconds, type Instant } from '@quaywatch/kernel';
import { join } from 'node:path';
import { BurstSender, type Burst } from '../client/burst-sender';
import { BtuClient, type Body } from '../client/btu-client';
import type { CommandAnswer } from '../client/command-answers';
import { FrameBuffer } from '../client/frame-buffer';
import { endOf, readIdentity } from '../client/identity';
import { Renewal } from '../client/renewal';
import { FirmwareAgent } from '../firmware/firmware-agent';
import { factoryProgram, type Program } from '../firmware/program';
import { HistogramRecorder } from './histogram-recorder';
import { MoveCounter } from './move-counter';
import { simulatedBurst } from './simulated-burst';
import { Twistlocks } from '../firmware/twistlocks';

/** One simulated device that runs. */
export interface RunDeviceOptions {
  readonly url: string;
  readonly btu: string;
  readonly spreader: string;
  readonly seed: number;
  readonly faults: readonly SimulatedFault[];
  /** Folder with key, certificate and buffer. */
  readonly folder: string;
  /** First sample of the stored history; the present for none. */
  readonly historyFrom: Instant;
  /** Frames of history go no further than this; later ones are not sent (the device goes silent). */
  readonly silentAt: Instant | null;
  /** Mean time between moves, ms. */
  readonly pace?: number;
  /** Least time between two frames sent, ms. */
  readonly sendPace?: number;
  /** Enrolment server, `https://host:port`: the device renews its certificate there by itself. */
  readonly est?: string;
  /** With `est`: takes firmware that these publishers signed (public keys, PEM). */
  readonly firmwareKeys?: string;
  readonly onEvent?: (event: string, detail: string) => void;
}

/** Hardware model of the reference BTU: firmware for any other is refused. */
export const referenceModel = 'btu-reference';
const factoryVersion = '1.0.0';

const historyAhead = 256 * 1024;
const signals = [
  'hyd.press',
  'hyd.oilTemp',
  'hyd.level',
  'pump.current',
  'vib.rms',
  'sup.24v',
  'env.temp',
  'tl[1].locked',
  'landed',
  'load.total',
];

const mostLines = 5000;

/** What a simulated device can do of what it is asked for; it says so where it cannot. */
function carryOut(
  { kind, parameters }: DeviceCommand,
  lines: readonly string[],
  setStatusEvery: (every: number) => void,
  burst: (signal: string, length: number) => void,
): CommandAnswer {
  if (kind === 'upload_log') {
    const last = lines.slice(-Number(parameters.lines));
    return { ok: true, detail: `${last.length} lines`, log: last.join('\n') };
  }
  if (kind === 'request_burst' && signals.includes(String(parameters.signal))) {
    burst(String(parameters.signal), Number(parameters.seconds));
    return { ok: true, detail: `${parameters.seconds} s of ${parameters.signal} follow` };
  }
  if (kind === 'configuration' && parameters.status_seconds !== undefined && Object.keys(parameters).length === 1) {
    setStatusEvery(seconds(Number(parameters.status_seconds)));
    return { ok: true, detail: `status every ${parameters.status_seconds} s` };
  }
  return { ok: false, detail: `${kind} ${Object.keys(parameters).join(', ')}: a simulated device cannot do that` };
}

/** A simulated spreader with its BTU: sends the history it has stored, then goes on in real time. */
export class RunningDevice {
  private stopped = false;
  private recorded = 0;
  private readonly counter: MoveCounter;
  private readonly histograms = new HistogramRecorder();
  private readonly bursts: BurstSender;
  private timer: NodeJS.Timeout | undefined;
  /** What is measured while it starts again. */
  private measured: SimulatedFrame[] | undefined;
  private work: Promise<void> = Promise.resolve();
  private boot!: (program: Program) => { readonly client: BtuClient; readonly buffer: FrameBuffer };

  private constructor(
    private client: BtuClient,
    private buffer: FrameBuffer,
    private readonly simulator: SpreaderSimulator,
    private readonly options: RunDeviceOptions,
    private readonly renewal: Renewal | undefined,
    private readonly locks: Twistlocks,
    private readonly agent: FirmwareAgent | undefined,
  ) {
    this.bursts = new BurstSender(options.btu, (topic, text) => this.client.publishNow(topic, text));
    this.counter = new MoveCounter(join(options.folder, 'moves'));
  }

  static async start(options: RunDeviceOptions): Promise<RunningDevice> {
    let identity = await readIdentity(options.folder);
    const lines: string[] = [];
    const note = (event: string, detail: string): void => {
      lines.push(`${new Date().toISOString()} ${event} ${detail}`);
      if (lines.length > mostLines) lines.shift();
    };
    const say = (event: string, detail: string): void => {
      note(event, detail);
      options.onEvent?.(event, detail);
    };
    const locks = new Twistlocks();
    const boot = ({ version, statusSeconds }: Program): { client: BtuClient; buffer: FrameBuffer } => {
      const buffer = new FrameBuffer(join(options.folder, 'buffer'));
      const client: BtuClient = new BtuClient({
        url: options.url,
        serial: options.btu,
        spreader: options.spreader,
        firmware: version,
        signals: signals.map((signal) => ({ signal, unit: findSignal(signal)?.unit ?? '1' })),
        identity,
        buffer,
        backOff: { first: seconds(1), longest: seconds(30) },
        inFlight: 10,
        pace: options.sendPace,
        statusEvery: seconds(statusSeconds),
        onEvent: say,
        onCommand: (command) =>
          carryOut(
            command,
            lines,
            (every) => client.setStatusEvery(every),
            (signal, length) => device.record(signal, length, 'request', command.id),
          ),
      });
      return { client, buffer };
    };
    const agent: FirmwareAgent | undefined =
      options.est === undefined || options.firmwareKeys === undefined
        ? undefined
        : new FirmwareAgent({
            url: options.est,
            folder: join(options.folder, 'firmware'),
            keys: options.firmwareKeys,
            model: referenceModel,
            factoryVersion,
            identity: () => identity,
            locks: () => locks.state,
            facts: () => ({ connected: device.client.connected, born: device.client.born }),
            reboot: (program) => device.restart(() => boot(program)),
            onEvent: say,
          });
    const { client, buffer } = boot(agent?.program ?? factoryProgram(factoryVersion));
    const simulator = new SpreaderSimulator({
      seed: options.seed,
      startAt: options.historyFrom,
      faults: options.faults,
      pace: options.pace,
    });
    const renewal =
      options.est === undefined
        ? undefined
        : new Renewal({
            url: options.est,
            serial: options.btu,
            folder: options.folder,
            identity,
            onRenewed: (renewed) => {
              options.onEvent?.('renewed', new Date(endOf(renewed)).toISOString());
              identity = renewed;
              device.client.useIdentity(renewed);
            },
            onFailed: (reason) => options.onEvent?.('not-renewed', reason),
          });
    const device: RunningDevice = new RunningDevice(client, buffer, simulator, options, renewal, locks, agent);
    device.boot = boot;
    device.begin();
    return device;
  }

  /** Resolves when the stored history was acknowledged. */
  async caughtUp(): Promise<void> {
    await this.work;
    await this.client.drained();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.renewal?.stop();
    await this.agent?.stop();
    this.bursts.stop();
    await this.work;
    await this.client.stop();
  }

  /** From now on this goes wrong with the spreader, and nothing else. */
  setFaults(faults: readonly SimulatedFault[]): void {
    this.simulator.setFaults(faults);
  }

  /** Reports an alarm of its own; nothing while it starts again. */
  alarm(body: Body<'alarm'>): void {
    if (!this.measured) this.client.send('alarm', Date.now(), body);
  }

  /** Starts again with a firmware, after `pause` without a connection; what is measured meanwhile is sent then. */
  async startAgain(version: string, pause?: Promise<void>): Promise<void> {
    if (this.measured || this.stopped) return;
    await this.restart(() => this.boot(factoryProgram(version)), pause);
  }

  /** What the fast sensor has just seen goes to the platform. */
  private record(signal: string, length: number, trigger: Burst['trigger'], command: string | null): void {
    const endAt = Date.now();
    const id = `${this.buffer.boot}-${endAt}-${++this.recorded}`;
    this.bursts.send(simulatedBurst({ id, signal, trigger, command, length, endAt }));
  }

  private begin(): void {
    this.client.start();
    this.work = this.run();
    this.agent?.start();
  }

  /** Starts again, as after the end of power: what was not acknowledged is on disk, the boot number rises. */
  private async restart(
    boot: () => { readonly client: BtuClient; readonly buffer: FrameBuffer },
    pause?: Promise<void>,
  ): Promise<void> {
    this.measured = [];
    await this.client.stop();
    await pause;
    ({ client: this.client, buffer: this.buffer } = boot());
    if (!this.stopped) this.client.start();
    const measured = this.measured;
    this.measured = undefined;
    for (const frame of measured) this.send(frame);
  }

  private async run(): Promise<void> {
    let made = 0;
    for (const frame of this.simulator.history(this.options.silentAt ?? Date.now())) {
      if (this.stopped) return;
      this.send(frame);
      // The rest of the process gets its turn, and no more is made than the buffer is quick to send.
      if (++made % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
      while (this.buffer.bytes > historyAhead && !this.stopped) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (this.options.silentAt === null) this.tick();
    else void this.client.drained().then(() => this.client.stop());
  }

  private tick(): void {
    if (this.stopped) return;
    for (const frame of this.simulator.live(Date.now())) this.send(frame);
    this.timer = setTimeout(() => this.tick(), 500);
  }

  private send(frame: SimulatedFrame): void {
    this.locks.observe(frame.signals);
    const live = frame.at > Date.now() - minutes(1);
    for (const trigger of ['snag', 'estop'] as const)
      if (live && frame.signals[trigger]?.values.includes(true)) this.record('vib.rms', 10, trigger, null);
    if (this.measured) return void this.measured.push(frame);
    const body: Body<'event'> = {
      signals: Object.fromEntries(
        Object.entries(frame.signals).map(([signal, { at, values }]) => [
          signal,
          { t: at.map((t) => t - frame.at), values: [...values] },
        ]),
      ),
    };
    this.client.send(frame.stream, frame.at, body);
    for (const { endedAt, body: counted } of frame.stream === 'event' ? this.counter.observe(frame) : [])
      this.client.send('move', endedAt, counted);
    const over = this.histograms.observe(frame);
    for (const histogram of over?.bodies ?? []) this.client.send('hist', over?.endedAt ?? frame.at, histogram);
  }
}
