import type { Body } from '../client/btu-client';
import type { Recording } from './read-recording';

/** Where the frames of a replay go; `BtuClient` is one. */
export interface FrameSink {
  send<S extends 'live' | 'alarm'>(stream: S, at: number, body: Body<S>): void;
}

/** What was sent. */
export interface ReplayCount {
  readonly rows: number;
  readonly frames: number;
  readonly samples: number;
  readonly alarmsRaised: number;
  readonly alarmsCleared: number;
}

/** Rows in one frame. */
const frameRows = 50;

/**
 * Sends a recording as frames, its last row at `endAt` and all spacing as recorded; labels are not in it. `wait` is
 * asked before each frame with the recorded time that has passed (ms), so that the caller sets the speed. Columns that
 * turn true and false become alarms raised and cleared.
 */
export async function replay(
  recording: Recording,
  sink: FrameSink,
  options: { endAt: number; events: Readonly<Record<string, string>>; wait: (passed: number) => Promise<void> },
): Promise<ReplayCount> {
  const { rows } = recording;
  const length = rows.at(-1)?.at ?? 0;
  const startAt = options.endAt - length;
  const active = new Set<string>();
  const count = { rows: rows.length, frames: 0, samples: 0, alarmsRaised: 0, alarmsCleared: 0 };
  const alarm = (code: string, on: boolean, at: number): void => {
    const text = (options.events[code] ?? code).replace(/\s*\(alarm raise\/clear\)/, '');
    sink.send('alarm', at, { code, location: null, active: on, severity: 'act_now', text });
    if (on) count.alarmsRaised++;
    else count.alarmsCleared++;
  };
  for (let from = 0; from < rows.length; from += frameRows) {
    const part = rows.slice(from, from + frameRows);
    const last = part.at(-1);
    if (!last) break;
    await options.wait(last.at);
    const signals: Record<string, { t: number[]; values: (number | null)[] }> = {};
    for (const row of part) {
      for (const [signal, value] of Object.entries(row.values)) {
        const column = (signals[signal] ??= { t: [], values: [] });
        column.t.push(row.at - last.at);
        column.values.push(value);
        count.samples++;
      }
      for (const [code, on] of Object.entries(row.alarms)) {
        if (on === active.has(code)) continue;
        if (on) active.add(code);
        else active.delete(code);
        alarm(code, on, startAt + row.at);
      }
    }
    sink.send('live', startAt + last.at, { signals });
    count.frames++;
  }
  for (const code of active) alarm(code, false, startAt + length);
  return count;
}
