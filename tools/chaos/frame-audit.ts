// What became of the frames: looks for each in the log and in the view that ingest keeps of it.
import { SequenceWindow } from '@quaywatch/domain/telemetry';
import pg from 'pg';
import type { IngestRig } from '../ingest-rig/ingest-rig';
import { until } from '../ingest-rig/until';
import type { FrameSender } from './frame-sender';

/** The verdict on a run. */
export interface FrameAudit {
  readonly acknowledged: number;
  readonly stored: number;
  /** Acknowledged and not in the log. */
  readonly lost: number;
  /** In the log more than once, so counted twice by every read model of it. */
  readonly duplicated: number;
  /** Acknowledged and not in the view of ingest. */
  readonly unseen: number;
  /** In the view, not in the log. */
  readonly invented: number;
}

/** Reads the whole log; the senders must have settled and ingest must run. */
export async function auditFrames(rig: IngestRig, senders: readonly FrameSender[]): Promise<FrameAudit> {
  const stored = await readLog(rig);
  const windows = await readViews(rig);
  let [lost, duplicated, unseen, invented, acknowledged] = [0, 0, 0, 0, 0];
  for (const sender of senders) {
    const window = windows.get(sender.btu) ?? SequenceWindow.empty();
    acknowledged += sender.acknowledged.size;
    for (const seq of sender.acknowledged) {
      if (!stored.has(`evt_${sender.btu}.1.live.${seq}`)) lost++;
      if (!window.has(seq)) unseen++;
    }
    for (let seq = 1; seq <= window.high; seq++)
      if (window.has(seq) && !stored.has(`evt_${sender.btu}.1.live.${seq}`)) invented++;
  }
  for (const times of stored.values()) duplicated += times - 1;
  return { acknowledged, stored: stored.size, lost, duplicated, unseen, invented };
}

async function readLog(rig: IngestRig): Promise<Map<string, number>> {
  const { log } = rig.adapters;
  const stored = new Map<string, number>();
  const goals = await log.endOffsets('da.telemetry');
  const reached = goals.map(() => 0);
  const handle = await log.subscribe({
    group: 'chaos-check',
    topics: ['da.telemetry'],
    startAt: () => Promise.resolve(0),
    onBatch: (batch) => {
      for (const record of batch.records) {
        const event = record.event as { id: string; type: string };
        if (event.type === 'samples-received') stored.set(event.id, (stored.get(event.id) ?? 0) + 1);
        reached[batch.partition] = record.offset + 1;
      }
      return Promise.resolve();
    },
  });
  await until(() => goals.every((goal, partition) => (reached[partition] ?? 0) >= goal), 'reading the log', 300_000);
  await handle.stop();
  return stored;
}

/** What ingest's view has seen of each device, once it has come to the end of the log. */
async function readViews(rig: IngestRig): Promise<Map<string, SequenceWindow>> {
  const goals = await rig.adapters.log.endOffsets('da.telemetry');
  const client = new pg.Client({ connectionString: rig.viewsUrl });
  await client.connect();
  try {
    const caughtUp = async (): Promise<boolean> => {
      const { rows } = await client.query<{ partition: number; next: string }>(
        `select partition, next from consumer_position where consumer = 'ingest-window' and topic = 'da.telemetry'`,
      );
      const next = new Map(rows.map((row) => [row.partition, Number(row.next)]));
      return goals.every((goal, partition) => (next.get(partition) ?? 0) >= goal);
    };
    await until(caughtUp, 'the view of ingest', 300_000);
    const { rows } = await client.query<{ btu: string; seen: string }>(
      `select btu, seen from sequence_window where boot = 1 and stream = 'live'`,
    );
    return new Map(rows.map(({ btu, seen }) => [btu, SequenceWindow.fromText(seen)]));
  } finally {
    await client.end();
  }
}
