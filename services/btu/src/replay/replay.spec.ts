import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readRecording, recordingFiles } from './read-recording';
import { replay, type FrameSink } from './replay';
import { expandRange, readReplaySet } from './replay-map';

const data = fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
// Recorded data lie beside the project; without them these tests say so, in CI they must be there.
const withData = existsSync(data) || process.env.CI === 'true' ? describe : describe.skip;

interface Sent {
  stream: string;
  at: number;
  body: { signals?: Record<string, { t: number[]; values: unknown[] }>; code?: string; active?: boolean };
}

async function sent(set: string, part = ''): Promise<{ frames: Sent[]; count: Awaited<ReturnType<typeof replay>> }> {
  const entry = await readReplaySet(data, set);
  const file = recordingFiles(data, set).find((path) => path.includes(part)) as string;
  const frames: Sent[] = [];
  const sink: FrameSink = { send: (stream, at, body) => void frames.push({ stream, at, body: body as Sent['body'] }) };
  const recording = await readRecording(data, set, file, entry);
  const count = await replay(recording, sink, {
    endAt: 1_800_000_000_000,
    events: entry.events ?? {},
    wait: () => Promise.resolve(),
  });
  return { frames, count };
}

describe('ranges of a replay map', () => {
  it.each([
    ['Current_J0..J5', ['Current_J0', 'Current_J1', 'Current_J2', 'Current_J3', 'Current_J4', 'Current_J5']],
    ['eld[1..3].temp', ['eld[1].temp', 'eld[2].temp', 'eld[3].temp']],
    ['x01..x03', ['x01', 'x02', 'x03']],
    ['Pressure', ['Pressure']],
  ])('%s', (text, all) => expect(expandRange(text)).toEqual(all));
});

withData('replay of recorded data', () => {
  it.each([
    ['skab', 'valve1', ['hyd.press', 'pump.current', 'sup.volt', 'hyd.oilTemp', 'vib.rms', 'hyd.flow']],
    ['ur3-cobotops', '', ['eld[1].current', 'eld[6].current', 'eld[1].temp', 'eld[6].speed', 'grip.current']],
    ['linear-actuator', 'normal', ['eld[1].current', 'len.error', 'len.mm']],
    ['hydraulic-actuator', 'Act_1', ['hyd.press', 'hyd.press.B', 'flp[1].angle', 'vib.x']],
    ['ims-bearing', '', ['vib[1].meanAbs', 'vib[4].meanAbs']],
    ['nab', 'AAPL', ['value']],
    ['tep', 'd01_te', ['x01', 'x52']],
    ['cmapss', 'train', ['set1', 's01', 's21']],
  ])('%s becomes frames of its signals, never of its labels', async (set, part, signals) => {
    const { frames, count } = await sent(set, part);
    const live = frames.filter((frame) => frame.stream === 'live');
    const names = Object.keys(live[0]?.body.signals ?? {});
    expect(names).toEqual(expect.arrayContaining(signals));
    expect(names.some((name) => /anomaly|changepoint|Protective|grip_lost/.test(name))).toBe(false);
    expect(count.samples).toBeGreaterThan(500);
    expect(live.at(-1)?.at).toBe(1_800_000_000_000);
    const times = live.map((frame) => frame.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const { t, values } of Object.values(live[0]?.body.signals ?? {})) expect(t.length).toBe(values.length);
  });

  it('keeps the spacing of the record', async () => {
    const { frames } = await sent('skab', 'valve1');
    const t = frames.flatMap((frame) => (frame.body.signals?.['hyd.press']?.t ?? []).map((ms) => frame.at + ms));
    const gaps = t.slice(1).map((at, i) => at - (t[i] ?? 0));
    expect(gaps.filter((gap) => gap === 1000).length / gaps.length).toBeGreaterThan(0.9);
  });

  it('raises and clears as many alarms as there are episodes, and sends empty cells as missing', async () => {
    const { frames, count } = await sent('ur3-cobotops');
    expect(count.alarmsRaised).toBeGreaterThan(5);
    expect(count.alarmsCleared).toBe(count.alarmsRaised);
    const missing = frames
      .flatMap((frame) => Object.values(frame.body.signals ?? {}))
      .some((column) => column.values.includes(null));
    expect(missing).toBe(true);
  });

  it('says what is wrong with a map', async () => {
    await expect(readReplaySet(data, 'nothing')).rejects.toMatchObject({ code: 'NO_SUCH_SET' });
    await expect(readReplaySet('/nowhere', 'skab')).rejects.toMatchObject({ code: 'REPLAY_MAP' });
  });
});
