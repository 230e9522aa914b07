import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import type { MqttClient } from 'mqtt';
import { readPayload, writePayload } from '../src/dialects/sparkplug-payload';
import { ticTopic } from '../src/dialects/tic40';
import { RunningIngest } from './running-ingest';
import { liveFrame, publish } from './test-device';

interface Samples {
  btu: string;
  stream: string;
  samples: { signal: string; at: number[]; values: unknown[] }[];
}

describe('dialects through the running broker', () => {
  let ingest: RunningIngest;
  let log: EventEnvelope[];
  const samplesOf = (btu: string): Samples['samples'] =>
    log
      .filter(({ type, data }) => type === 'samples-received' && (data as Samples).btu === btu)
      .flatMap(({ data }) => (data as Samples).samples);
  const sampled = (btu: string, signal: string): Promise<Samples['samples'][number]> =>
    ingest.services.until(() => Promise.resolve(samplesOf(btu).find((one) => one.signal === signal)));

  beforeAll(async () => {
    ingest = await RunningIngest.start();
    log = await ingest.events('da.telemetry', () => true);
  }, 60_000);
  afterAll(() => ingest?.stop(), 60_000);

  /** What the platform says to a device, by topic. */
  const heard = (client: MqttClient): { topic: string; payload: Buffer; retain: boolean }[] => {
    const all: { topic: string; payload: Buffer; retain: boolean }[] = [];
    client.on('message', (topic, payload, { retain }) => void all.push({ topic, payload, retain }));
    return all;
  };

  describe('Sparkplug B', () => {
    const topic = (kind: string, btu: string): string => `spBv1.0/west/${kind}/${btu}`;
    const bdSeq = { name: 'bdSeq', datatype: 4, long_value: 0 };
    const births = [bdSeq, { name: 'hyd/oilTemp', alias: 1, datatype: 9, float_value: 41.5 }];
    const payload = (metrics: object[], seq?: number): Buffer =>
      Buffer.from(
        writePayload({
          timestamp: Date.now(),
          ...(seq === undefined ? {} : { seq }),
          metrics: metrics as never,
        }),
      );
    const node = async (btu: string): Promise<MqttClient> => {
      const client = await ingest.connected(btu, {
        will: { topic: topic('NDEATH', btu), payload: payload([bdSeq]), qos: 1, retain: false },
      });
      return client;
    };
    const say = (client: MqttClient, btu: string, kind: string, seq: number, metrics: object[]): Promise<unknown> =>
      client.publishAsync(topic(kind, btu), payload(metrics, seq), { qos: 0 });

    it('its data are samples as those of our own format', async () => {
      const native = await ingest.connected('DIA-1');
      await publish(native, 'DIA-1', liveFrame('DIA-1', 1, 41.5));
      const client = await node('DIA-2');
      await say(client, 'DIA-2', 'NBIRTH', 0, births);
      await say(client, 'DIA-2', 'NDATA', 1, [{ alias: 1, datatype: 9, float_value: 42.25 }]);
      const ours = await sampled('DIA-1', 'hyd.oilTemp');
      const values = (): unknown[] =>
        samplesOf('DIA-2')
          .filter(({ signal }) => signal === 'hyd.oilTemp')
          .flatMap((one) => one.values);
      await ingest.services.until(() => Promise.resolve(values().length === 2));
      expect(values()).toEqual([41.5, 42.25]);
      const theirs = await sampled('DIA-2', 'hyd.oilTemp');
      expect(Object.keys(theirs)).toEqual(Object.keys(ours));
      expect(Math.abs((theirs.at[0] ?? 0) - Date.now())).toBeLessThan(60_000);
      const birth = log.find(({ type, data }) => type === 'device-birth-received' && (data as Samples).btu === 'DIA-2');
      expect(birth?.org).toBe('org_test');
    });

    it('a hole in its numbers asks for a rebirth, on its own command topic', async () => {
      const client = await node('DIA-3');
      const all = heard(client);
      await client.subscribeAsync(topic('NCMD', 'DIA-3'), { qos: 1 });
      await say(client, 'DIA-3', 'NBIRTH', 0, births);
      await say(client, 'DIA-3', 'NDATA', 1, [{ alias: 1, datatype: 9, float_value: 1 }]);
      await say(client, 'DIA-3', 'NDATA', 3, [{ alias: 1, datatype: 9, float_value: 3 }]);
      const command = await ingest.services.until(() => Promise.resolve(all[0]));
      expect(command.topic).toBe(topic('NCMD', 'DIA-3'));
      expect(readPayload(command.payload)?.metrics).toMatchObject([
        { name: 'Node Control/Rebirth', boolean_value: true },
      ]);
      await say(client, 'DIA-3', 'NBIRTH', 0, [bdSeq, { ...births[1], float_value: 50 }]);
      await ingest.services.until(() => Promise.resolve(samplesOf('DIA-3').some(({ values }) => values[0] === 50)));
    });

    it('a template in a birth is kept in quarantine, and the rest of the birth is taken', async () => {
      const client = await node('DIA-6');
      await say(client, 'DIA-6', 'NBIRTH', 0, [...births, { name: '_types_/Motor', datatype: 19 } as never]);
      await sampled('DIA-6', 'hyd.oilTemp');
      const kept = (): EventEnvelope[] =>
        log.filter(({ type, data }) => type === 'frame-quarantined' && (data as Samples).btu === 'DIA-6');
      await ingest.services.until(() => Promise.resolve(kept().length === 1));
      expect(kept()[0]?.data).toMatchObject({ reason: 'metrics that are not taken: _types_/Motor (Template)' });
    });

    it('the host says that it is there, retained, to whoever asks later', async () => {
      const client = await ingest.connected('DIA-4');
      const all = heard(client);
      const granted = await client.subscribeAsync('spBv1.0/STATE/quaywatch', { qos: 1 });
      expect(granted).toMatchObject([{ qos: 1 }]);
      const state = await ingest.services.until(() => Promise.resolve(all[0]));
      expect([state.topic, state.retain]).toEqual(['spBv1.0/STATE/quaywatch', true]);
      expect(JSON.parse(state.payload.toString())).toMatchObject({ online: true, timestamp: expect.any(Number) });
    });
  });

  it('TIC 4.0: what a crane says of its spreader becomes samples', async () => {
    const client = await ingest.connected('DIA-5');
    const timestamp = new Date().toISOString();
    const one = (value: unknown, more: object = {}): object[] => [
      { pom: 'output', pomt: 'actual', timestamp, value, ...more },
    ];
    const message = {
      msg: { id: 'm-1', sender: 'x', destination: 'y', topic: 'z', timestamp, version: '2023.007' },
      che: [
        {
          id: 'STS07',
          spreader: [
            {
              id: 'ACME-1',
              landed: { status: one(true) },
              weightload: { gross: one(24.3, { unit: 'ton' }) },
            },
          ],
        },
      ],
    };
    await client.publishAsync(ticTopic('DIA-5'), JSON.stringify(message), { qos: 1 });
    expect((await sampled('DIA-5', 'landed')).values).toEqual([true]);
    expect((await sampled('DIA-5', 'load.total')).values).toEqual([24.3]);
    // One of another release than those we know is kept, with its reason.
    const strange = { ...message, msg: { ...message.msg, version: '1999.001' } };
    await client.publishAsync(ticTopic('DIA-5'), JSON.stringify(strange), { qos: 1 });
    const frame = await ingest.services.until(() =>
      Promise.resolve(log.find(({ type, data }) => type === 'frame-quarantined' && (data as Samples).btu === 'DIA-5')),
    );
    expect(frame.data).toMatchObject({ btu: 'DIA-5', reason: expect.stringMatching(/1999\.001/) });
  });
});
