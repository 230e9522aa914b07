import type { DataOf, events } from '@quaywatch/contracts';
import type { Queryable } from '@quaywatch/ports';

/** States that changed in one frame. */
export interface StateFrame {
  readonly org: string;
  readonly frame: string;
  readonly spreader: string;
  readonly from: number;
  readonly to: number;
  readonly edges: Readonly<Record<string, readonly (readonly [number, boolean | string | null])[]>>;
}

type Frame = DataOf<typeof events.samplesReceived>;

/** What a frame says of states; undefined when it has only numbers. */
export function stateFrameOf(
  org: string,
  frame: Frame,
  samples: readonly {
    readonly signal: string;
    readonly at: number;
    readonly value: number | boolean | string | null;
  }[],
): StateFrame | undefined {
  if (frame.spreader === null || frame.stream !== 'event') return undefined;
  const edges: Record<string, [number, boolean | string | null][]> = {};
  let [from, to] = [Infinity, -Infinity];
  for (const { signal, at, value } of samples) {
    if (typeof value === 'number') continue;
    (edges[signal] ??= []).push([at, value]);
    from = Math.min(from, at);
    to = Math.max(to, at);
  }
  if (to < from) return undefined;
  return {
    org,
    frame: `${frame.btu}/${frame.stream}/${frame.boot}/${frame.seq}`,
    spreader: frame.spreader,
    from,
    to,
    edges,
  };
}

/**
 * Keeps states as they changed, for replay, and drops those of a spreader that are older than its newest by more than
 * `keep` ms. By the time of the data, so that a rebuild gives the same rows.
 */
export async function storeStateFrames(q: Queryable, frames: readonly StateFrame[], keep: number): Promise<void> {
  if (frames.length === 0) return;
  await q.query(
    `insert into state_frame (org, frame, spreader, from_at, to_at, edges)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::jsonb[])
     on conflict (frame) do nothing`,
    [
      frames.map(({ org }) => org),
      frames.map(({ frame }) => frame),
      frames.map(({ spreader }) => spreader),
      frames.map(({ from }) => from),
      frames.map(({ to }) => to),
      frames.map(({ edges }) => JSON.stringify(edges)),
    ],
  );
  const newest = new Map<string, number>();
  for (const { spreader, to } of frames) newest.set(spreader, Math.max(to, newest.get(spreader) ?? to));
  await q.query(
    `delete from state_frame f using unnest($1::text[], $2::float8[]) as n (spreader, at)
     where f.spreader = n.spreader
       and f.to_at < greatest(n.at, (select max(to_at) from state_frame o where o.spreader = n.spreader)) - $3`,
    [[...newest.keys()], [...newest.values()], keep],
  );
}
