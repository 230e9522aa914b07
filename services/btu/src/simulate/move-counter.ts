import type { SimulatedFrame } from '@quaywatch/domain/simulator';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Body } from '../client/btu-client';

/** A move that was counted: when it ended, ms UTC, and what the device says of it. */
export interface CountedMove {
  readonly endedAt: number;
  readonly body: Body<'move'>;
}

/** A move that is longer ago than this is not where the next one began, ms. */
const longestMove = 30 * 60_000;
/** From this load on something hangs below the spreader, t. */
const lifted = 1;
const kept = /^(landing\.peakG|side\.peakG|load\.total|energy)$/;

/**
 * Counts moves as the controller of a spreader does, from the same signals that it sends: locked on all corners, then
 * unlocked on all and off the ground. The total is kept in a file, so that it goes on after a restart.
 */
export class MoveCounter {
  private readonly corners = new Map<string, boolean>();
  private readonly free = new Map<string, boolean>();
  private total: number;
  private lastEnd = 0;
  private commandAt: number | undefined;
  private lockedAt: number | undefined;
  private released = false;
  private load = 0;
  private length = '';
  private twin = false;
  private features: Record<string, number> = {};

  constructor(private readonly file: string) {
    this.total = existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0;
  }

  /** Takes a frame's samples; the moves that ended in it. */
  observe({ signals }: Pick<SimulatedFrame, 'signals'>): CountedMove[] {
    const samples = Object.entries(signals)
      .flatMap(([signal, { at, values }]) => at.map((time, i) => ({ signal, time, value: values[i] })))
      .sort((a, b) => a.time - b.time);
    return samples.flatMap(({ signal, time, value }) => {
      const move = this.take(signal, time, value);
      return move ? [move] : [];
    });
  }

  private take(signal: string, at: number, value: unknown): CountedMove | undefined {
    if (typeof value === 'number') {
      if (kept.test(signal)) this.features[signal] = value;
      if (signal === 'load.total') this.load = Math.max(this.load, value);
    } else if (signal === 'len.pos' && typeof value === 'string') this.length = value;
    else if (signal === 'tl.command') this.commandAt = at;
    else if (signal === 'twin.mode') this.twin = value === true;
    else if (typeof value === 'boolean' && signal.endsWith('.locked')) {
      this.corners.set(signal, value);
      if (value && this.commandAt !== undefined)
        this.features[signal.replace('.locked', '.lockTime')] = at - this.commandAt;
      if (this.lockedAt === undefined && [...this.corners.values()].every(Boolean)) this.lockedAt = at;
    } else if (typeof value === 'boolean' && signal.endsWith('.unlocked')) {
      this.free.set(signal, value);
      this.released = this.lockedAt !== undefined && [...this.free.values()].every(Boolean);
    } else if (signal === 'landed' && value === false && this.released) return this.end(at);
    return undefined;
  }

  private end(at: number): CountedMove {
    const from = at - this.lastEnd < longestMove ? this.lastEnd : (this.lockedAt ?? at);
    const carried = this.load >= lifted;
    const single = this.length === '20' ? 'single20' : this.length === '40' ? 'single40' : null;
    const body: CountedMove['body'] = {
      move: ulid(at),
      start: from - at,
      class: !carried ? 'empty_cycle' : this.twin ? 'twin2x20' : single,
      boxes: !carried ? 0 : this.twin ? 2 : 1,
      total: ++this.total,
      features: this.features,
    };
    writeFileSync(`${this.file}.new`, String(this.total));
    renameSync(`${this.file}.new`, this.file);
    this.lastEnd = at;
    this.lockedAt = undefined;
    this.released = false;
    this.load = 0;
    this.features = {};
    return { endedAt: at, body };
  }
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 48 bits of time and 80 random ones, base 32. */
function ulid(at: number): string {
  let time = '';
  for (let left = Math.floor(at), i = 0; i < 10; i++, left = Math.floor(left / 32)) time = alphabet[left % 32] + time;
  return time + [...randomBytes(16)].map((byte) => alphabet[byte & 31]).join('');
}
