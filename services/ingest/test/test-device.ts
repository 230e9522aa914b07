import { deviceTopic, type NativeFrame } from '@quaywatch/contracts';
import * as x509 from '@peculiar/x509';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { webcrypto } from 'node:crypto';

x509.cryptoProvider.set(webcrypto as never);

/** A key and a certificate signing request, as a device makes them. */
export async function makeRequest(
  btu: string,
  algorithm: { name: string; namedCurve?: string; modulusLength?: number; publicExponent?: Uint8Array; hash?: string } = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
): Promise<{ key: string; csr: string }> {
  const keys = (await webcrypto.subtle.generateKey(algorithm as never, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${btu}`,
    keys: keys as never,
    signingAlgorithm: { ...algorithm, hash: 'SHA-256' } as never,
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { key, csr: request.toString('pem') };
}

/** Connects without ever trying again; resolves when in, rejects with the reason when not. */
export function connectOnce(port: number, options: IClientOptions): Promise<MqttClient> {
  const client = connect(`mqtts://127.0.0.1:${port}`, { reconnectPeriod: 0, connectTimeout: 5000, protocolVersion: 4, ...options });
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client));
    client.once('error', (error) => {
      client.end(true);
      reject(error);
    });
    client.once('close', () => reject(new Error('closed')));
  });
}

/** A live frame of one sample. */
export const liveFrame = (btu: string, seq: number, value: number, more: Partial<NativeFrame> = {}): object => ({
  v: 1,
  stream: 'live',
  sid: null,
  bid: btu,
  boot: 1,
  seq,
  tsDev: Date.now(),
  up: 1000,
  tsSent: Date.now(),
  cq: 'NTP',
  hist: false,
  body: { signals: { 'hyd.oilTemp': { t: [0], values: [value] } } },
  ...more,
});

/** Publishes a frame at QoS 1; resolves with the PUBACK. */
export const publish = (client: MqttClient, btu: string, frame: object | string, stream: 'live' | 'event' = 'live'): Promise<unknown> =>
  client.publishAsync(deviceTopic(btu, stream), typeof frame === 'string' ? frame : JSON.stringify(frame), { qos: 1 });
