import { firmwareOffer, firmwarePaths, type FirmwareOffer, type FirmwareReport } from '@quaywatch/contracts';
import { Fault, seconds } from '@quaywatch/kernel';
import { closeSync, existsSync, openSync, statSync, writeSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Identity } from '../client/identity';

const mostOffer = 16_384;

/** Asks the platform for firmware with the identity of the device. Faults `FIRMWARE_SERVER` are retryable. */
export class FirmwareClient {
  constructor(
    private readonly url: string,
    private readonly identity: () => Identity,
  ) {}

  /** What this device is to have; undefined = nothing. */
  async offer(): Promise<FirmwareOffer | undefined> {
    const response = await this.call('GET', firmwarePaths.offer);
    const text = await textOf(response);
    if (response.statusCode === 204) return undefined;
    if (response.statusCode !== 200) throw failed(`offer: ${response.statusCode}`);
    const parsed = firmwareOffer.safeParse(JSON.parse(text));
    if (!parsed.success) throw failed('the offer cannot be read');
    return parsed.data;
  }

  /** Tells how far this device is. */
  async report(report: FirmwareReport): Promise<void> {
    const response = await this.call('POST', firmwarePaths.report, {}, JSON.stringify(report));
    await textOf(response);
    if (response.statusCode !== 204) throw failed(`report: ${response.statusCode}`);
  }

  /** Fetches an artefact into a file, from where the file ends: what was fetched before the line broke is not again. */
  async fetch(firmware: string, size: number, file: string): Promise<void> {
    const have = existsSync(file) ? statSync(file).size : 0;
    if (have >= size) return;
    const response = await this.call('GET', firmwarePaths.artefact(firmware), { range: `bytes=${have}-${size - 1}` });
    if (response.statusCode !== 206 || response.headers['content-range'] !== `bytes ${have}-${size - 1}/${size}`) {
      response.destroy();
      throw failed(`artefact: ${response.statusCode}`);
    }
    const handle = openSync(file, 'a', 0o600);
    let at = have;
    try {
      for await (const chunk of response) {
        at += (chunk as Buffer).length;
        if (at > size) throw failed('the artefact is longer than its manifest says');
        writeSync(handle, chunk as Buffer);
      }
    } catch (cause) {
      throw cause instanceof Fault ? cause : failed('the line broke', cause);
    } finally {
      closeSync(handle);
    }
    if (at < size) throw failed('the line broke');
  }

  private call(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<IncomingMessage> {
    const { ca, key, certificate: cert } = this.identity();
    return new Promise((resolve, reject) => {
      const tls = { ca, key, cert, minVersion: 'TLSv1.2' as const, agent: false as const };
      const request = httpsRequest(new URL(path, this.url), { method, headers, timeout: seconds(20), ...tls }, resolve);
      request.once('timeout', () => request.destroy(new Error('time-out')));
      request.once('error', (cause) => reject(failed(`no answer from ${this.url}`, cause)));
      request.end(body);
    });
  }
}

const failed = (why: string, cause?: unknown): Fault => new Fault('FIRMWARE_SERVER', why, { cause, retryable: true });

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > mostOffer) throw failed('the answer is too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
