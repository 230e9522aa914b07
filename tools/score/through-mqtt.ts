import { deviceTopic } from '@quaywatch/contracts';
import type { Frame } from '@quaywatch/domain/condition';
import type { Identity } from '@quaywatch/services/btu';
import { connectAsync } from 'mqtt';
import { IngestRig } from '../ingest-rig/ingest-rig';
import { until } from '../ingest-rig/until';
import { framesOfSeries, streamOf, type DeviceSeries } from './device-series';

/** Publishes of one device that wait for their acknowledgement at a time. */
const inFlight = 50;

/**
 * Sends recorded machines as devices through the real way: certificates, mutual TLS, the broker of ingest, the event log;
 * reads them from the log again. Frames by serial, each device's in the order of the log.
 */
export async function throughMqtt(all: readonly DeviceSeries[]): Promise<Map<string, Frame[]>> {
  const rig = await IngestRig.open('postgres');
  try {
    const running = await rig.startIngest();
    const identities = await rig.enrol(
      running,
      all.map(({ btu }) => btu),
    );
    let wanted = 0;
    for (const [i, series] of all.entries()) wanted += await send(series, identities[i] as Identity, running.mqttPort);
    return await read(rig, wanted);
  } finally {
    await rig.close();
  }
}

async function send(series: DeviceSeries, identity: Identity, port: number): Promise<number> {
  const client = await connectAsync(`mqtts://127.0.0.1:${port}`, {
    clientId: series.btu,
    key: identity.key,
    cert: identity.certificate,
    ca: identity.ca,
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  try {
    const frames = framesOfSeries(series);
    for (let from = 0; from < frames.length; from += inFlight) {
      await Promise.all(
        frames.slice(from, from + inFlight).map(({ seq, signals }) => {
          const tsDev = Object.values(signals)[0]?.at[0] as number;
          // Stored on the device and sent now: the data are old, the clock is right.
          const text = JSON.stringify({
            ...{
              v: 1,
              stream: streamOf(series),
              sid: null,
              bid: series.btu,
              boot: 1,
              seq,
              tsDev,
              up: 0,
              tsSent: Date.now(),
            },
            ...{ cq: 'NTP', hist: true },
            body: {
              signals: Object.fromEntries(
                Object.entries(signals).map(([signal, { at, values }]) => [
                  signal,
                  { t: at.map((time) => time - tsDev), values },
                ]),
              ),
            },
          });
          return client.publishAsync(deviceTopic(series.btu, streamOf(series)), text, { qos: 1 });
        }),
      );
    }
    return frames.length;
  } finally {
    await client.endAsync();
  }
}

async function read(rig: IngestRig, wanted: number): Promise<Map<string, Frame[]>> {
  const found = new Map<string, Frame[]>();
  let n = 0;
  const handle = await rig.adapters.log.subscribe({
    group: 'score',
    topics: ['da.telemetry'],
    startAt: () => Promise.resolve(0),
    onBatch: (batch) => {
      for (const { event } of batch.records) {
        const { type, data } = event as { type: string; data: Frame };
        if (type !== 'samples-received') continue;
        n += 1;
        found.set(data.btu, [...(found.get(data.btu) ?? []), data]);
      }
      return Promise.resolve();
    },
  });
  await until(() => n >= wanted, 'reading the log', 120_000);
  await handle.stop();
  return found;
}
