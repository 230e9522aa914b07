import type { MoveRecord } from '@quaywatch/contracts';
import {
  frameKey,
  isLate,
  type Checkpoint,
  type Frame,
  type KeptFrame,
  type SpreaderState,
  type Timeline,
} from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';

interface Held {
  readonly org: string;
  readonly timeline: Timeline;
  /** Checkpoints and frames as they are in the database. */
  readonly known: Map<string, Checkpoint>;
  readonly stored: Map<string, readonly MoveRecord[]>;
  /** Frames later than this are all in `timeline`. */
  complete: string;
  /** Where the frames in the database begin. */
  readonly oldest: string;
}

/** A checkpoint whose state is not read yet. */
const unread = '';
/** Later than every key. */
const never = '~';

/**
 * Frames and checkpoints of the spreaders of a batch. Only the times of checkpoints are read beforehand; states and
 * frames when something late needs them. Everything new is written at the end of the batch.
 */
export class Timelines {
  private readonly held = new Map<string, Held>();

  constructor(private readonly q: Queryable) {}

  /** Reads what is known of these spreaders. */
  async open(spreaders: readonly string[]): Promise<void> {
    if (spreaders.length === 0) return;
    const rows = await this.q.query<{ spreader: string; after: string; at: number }>(
      'select spreader, after, at from state_checkpoint where spreader = any($1) order by spreader, after',
      [spreaders],
    );
    for (const spreader of spreaders) {
      const checkpoints = rows
        .filter((row) => row.spreader === spreader)
        .map(({ after, at }): Checkpoint => ({ after, at, state: unread }));
      this.held.set(spreader, {
        org: '',
        timeline: { frames: [], checkpoints },
        known: new Map(checkpoints.map((one) => [one.after, one])),
        stored: new Map(),
        complete: never,
        oldest: checkpoints[0]?.after ?? '',
      });
    }
  }

  /** The timeline of a spreader, with all that this frame needs of it. */
  async for(state: SpreaderState, frame: Frame): Promise<Timeline> {
    let held = this.held.get(state.spreader);
    if (held?.org !== state.org) {
      const { timeline, known, stored, complete, oldest } = held ?? {
        timeline: { frames: [], checkpoints: [] },
        known: new Map<string, Checkpoint>(),
        stored: new Map<string, readonly MoveRecord[]>(),
        complete: never,
        oldest: '',
      };
      this.held.set(state.spreader, (held = { org: state.org, timeline, known, stored, complete, oldest }));
    }
    if (isLate(state, frame)) await this.read(state.spreader, held, frameKey(frame));
    return held.timeline;
  }

  /** Writes what is new, and removes what is not needed any more. */
  async close(): Promise<void> {
    const frames: [org: string, spreader: string, one: KeptFrame][] = [];
    const checkpoints: [org: string, spreader: string, one: Checkpoint][] = [];
    const gone: [spreader: string, after: string][] = [];
    const old: [spreader: string, key: string][] = [];
    for (const [spreader, { org, timeline, known, stored, oldest }] of this.held) {
      if (org === '') continue;
      for (const one of timeline.frames) if (stored.get(one.key) !== one.moves) frames.push([org, spreader, one]);
      const now = new Map(timeline.checkpoints.map((one) => [one.after, one]));
      for (const [after, one] of now) if (known.get(after) !== one) checkpoints.push([org, spreader, one]);
      for (const after of known.keys()) if (!now.has(after)) gone.push([spreader, after]);
      const first = timeline.checkpoints[0]?.after ?? '';
      if (first > oldest) old.push([spreader, first]);
    }
    if (old.length > 0)
      await this.q.query(
        `delete from kept_frame k using unnest($1::text[], $2::text[]) as o (spreader, key)
         where k.spreader = o.spreader and k.key <= o.key collate "C"`,
        [old.map(([spreader]) => spreader), old.map(([, key]) => key)],
      );
    if (gone.length > 0)
      await this.q.query(
        `delete from state_checkpoint c using unnest($1::text[], $2::text[]) as g (spreader, after)
         where c.spreader = g.spreader and c.after = g.after`,
        [gone.map(([spreader]) => spreader), gone.map(([, after]) => after)],
      );
    if (frames.length > 0)
      await this.q.query(
        `insert into kept_frame (org, spreader, key, frame, moves)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
         on conflict (spreader, key) do update set moves = excluded.moves`,
        [
          frames.map(([org]) => org),
          frames.map(([, spreader]) => spreader),
          frames.map(([, , { key }]) => key),
          frames.map(([, , { frame }]) => JSON.stringify(frame)),
          frames.map(([, , { moves }]) => JSON.stringify(moves)),
        ],
      );
    if (checkpoints.length > 0)
      await this.q.query(
        `insert into state_checkpoint (org, spreader, after, at, state)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::text[])
         on conflict (spreader, after) do update set state = excluded.state, at = excluded.at`,
        [
          checkpoints.map(([org]) => org),
          checkpoints.map(([, spreader]) => spreader),
          checkpoints.map(([, , { after }]) => after),
          checkpoints.map(([, , { at }]) => at),
          checkpoints.map(([, , { state }]) => (typeof state === 'string' ? state : JSON.stringify(state))),
        ],
      );
  }

  /** Reads the checkpoint before a key and all frames after it. */
  private async read(spreader: string, held: Held, key: string): Promise<void> {
    const { timeline, known, stored } = held;
    const i = timeline.checkpoints.findLastIndex(({ after }) => after < key);
    const checkpoint = timeline.checkpoints[i];
    if (!checkpoint) return;
    if (checkpoint.state === unread) {
      const [row] = await this.q.query<{ state: string }>(
        'select state from state_checkpoint where spreader = $1 and after = $2',
        [spreader, checkpoint.after],
      );
      const read = { ...checkpoint, state: row?.state ?? unread };
      timeline.checkpoints[i] = read;
      known.set(read.after, read);
    }
    if (held.complete <= checkpoint.after) return;
    const rows = await this.q.query<{ key: string; frame: string; moves: string }>(
      'select key, frame, moves from kept_frame where spreader = $1 and key > $2 and key <= $3',
      [spreader, checkpoint.after, held.complete],
    );
    const here = new Set(timeline.frames.map((one) => one.key));
    for (const row of rows) {
      if (here.has(row.key)) continue;
      const moves = JSON.parse(row.moves) as MoveRecord[];
      stored.set(row.key, moves);
      timeline.frames.push({ key: row.key, frame: JSON.parse(row.frame) as Frame, moves });
    }
    timeline.frames.sort((a, b) => (a.key < b.key ? -1 : 1));
    held.complete = checkpoint.after;
  }
}
