import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope, Topic } from '@quaywatch/contracts';
import { FakeEventLog } from '@quaywatch/ports/testing';
import { missingOf, readLog } from './doctor-command';

const topic: Topic = 'da.telemetry';
const event = (type: string, data: object): EventEnvelope => ({
  id: 'e',
  type,
  v: 1,
  source: 'ingest',
  org: 'o',
  key: 'spr_1',
  time: 1,
  data,
});
const frame = (seq: number, boot = 1): EventEnvelope =>
  event('samples-received', { btu: 'BTU-1', boot, stream: 'live', seq });

describe('doctor', () => {
  it('finds numbers that are missing and frames stored twice; dropped ones that were reported are not missing', async () => {
    const log = new FakeEventLog();
    const gap = event('gap-reported', { btu: 'BTU-1', boot: 1, stream: 'live', from: 5, to: 6, count: 2 });
    const events = [frame(1), frame(2), frame(4), frame(4), gap, frame(7), frame(1, 2)];
    await log.append(
      topic,
      events.map((e) => ({ event: e })),
    );
    const { streams } = await readLog(log);
    const first = streams.get('BTU-1 boot 1 live')!;
    expect(missingOf(first)).toEqual([3]);
    expect(first.doubled).toBe(1);
    expect(missingOf(streams.get('BTU-1 boot 2 live')!)).toEqual([]);
  });

  it('ends on an empty log', async () => {
    expect((await readLog(new FakeEventLog())).streams.size).toBe(0);
  });
});
