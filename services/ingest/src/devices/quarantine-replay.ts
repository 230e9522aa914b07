import { DeviceClock, SequenceWindow, timeFault } from '@quaywatch/domain/telemetry';
import { makeId, seconds } from '@quaywatch/kernel';
import type { Clock, EventLog, StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import type { CatchUp } from '../broker/catch-up';
import { frameEvent, frameSpan } from '../broker/frame-event';
import { dialects, type DialectSession } from '../dialects';
import type { Actor } from '../pki/authorities';
import { findDevices, spreaderAt, type Device } from './registry';

/** A frame in quarantine. */
export interface QuarantinedFrame {
  readonly id: string;
  readonly btu: string;
  readonly topic: string;
  readonly rawBase64: string;
  readonly receivedAt: number;
}

const settleLimit = seconds(10);

/** Decodes frames of the quarantine again, after a fix, and stores what was in them as if they came now. */
export class QuarantineReplay {
  constructor(
    private readonly parts: {
      readonly store: ViewStore;
      readonly log: EventLog;
      readonly clock: Clock;
      readonly audit: AuditTrail;
      readonly catchUp: CatchUp;
    },
  ) {}

  /**
   * Stores the frame, unless it is there; throws `Refused` `conflict` with the reason when it still cannot be decoded.
   * One at a time for each frame, in all processes, and only with a view that knows all that is stored.
   */
  async run(actor: Actor, frame: QuarantinedFrame): Promise<'stored' | 'duplicate'> {
    const { store, catchUp, clock, log, audit } = this.parts;
    return store.transact(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`replay ${frame.btu}`]);
      await catchUp.reach(settleLimit);
      const device = (await findDevices(tx, [frame.btu])).get(frame.btu);
      if (!device || device.org !== actor.org) throw new Refused('not_found', `There is no device ${frame.btu}.`);
      const decoded = this.decode(device, frame);
      const fresh: typeof decoded = [];
      for (const one of decoded) if (!(await isStored(tx, one.name))) fresh.push(one);
      const outcome = fresh.length === 0 ? 'duplicate' : 'stored';
      const time = clock.now();
      const spreader = spreaderAt(device, time);
      const mark = {
        id: makeId('event', time, clock.random(16)),
        type: 'quarantine-replayed',
        v: 1,
        source: 'ingest',
        org: device.org,
        key: decoded[0]?.envelope.key ?? device.btu,
        time,
        data: { btu: device.btu, spreader, frame: frame.id, outcome, by: actor.id },
      };
      await log.append('da.telemetry', [...fresh.map(({ envelope }) => ({ event: envelope })), { event: mark }]);
      await audit.within(tx, {
        org: actor.org,
        class: 'privileged',
        actor: { kind: actor.kind, id: actor.id },
        action: 'quarantine.replay',
        target: { kind: 'frame', id: frame.id },
        outcome: 'success',
        address: actor.address,
        detail: { btu: device.btu, outcome },
      });
      return outcome;
    });
  }

  private decode(device: Device, { topic, rawBase64, receivedAt }: QuarantinedFrame) {
    const dialect = dialects.find(({ speaks }) => speaks(topic, device.btu));
    if (!dialect) throw new Refused('conflict', 'No dialect knows this topic.');
    const session: DialectSession = { btu: device.btu, openedAt: receivedAt, reply: () => undefined, numbers: {} };
    const decoded = dialect.decode(topic, Buffer.from(rawBase64, 'base64'), session);
    if (!decoded.ok) throw new Refused('conflict', `It still cannot be decoded: ${decoded.reason}.`);
    // Numbers that the connection gave are not to be had again: a frame might be taken for another.
    if (Object.keys(session.numbers).length > 0 || decoded.frames.length === 0)
      throw new Refused('conflict', `A message of ${dialect.name} cannot be replayed without its connection.`);
    return decoded.frames.map((frame) => {
      const offset = new DeviceClock().offsetOf(frame);
      const fault = timeFault(...frameSpan(frame, offset), receivedAt);
      if (fault) throw new Refused('conflict', `It still cannot be stored: ${fault}.`);
      return { envelope: frameEvent(device, frame, offset, receivedAt), name: frame };
    });
  }
}

async function isStored(
  tx: StoreTransaction,
  { bid, boot, stream, seq }: { bid: string; boot: number; stream: string; seq: number },
): Promise<boolean> {
  const [row] = await tx.query<{ seen: string }>(
    'select seen from sequence_window where btu = $1 and boot = $2 and stream = $3',
    [bid, boot, stream],
  );
  return row !== undefined && SequenceWindow.fromText(row.seen).has(seq);
}
