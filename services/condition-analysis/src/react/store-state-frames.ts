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

/** Keeps states as they changed, for replay. */
export async function storeStateFrames(q: Queryable, frames: readonly StateFrame[]): Promise<void> {
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
}
