import { firmwareOffer, firmwarePaths, firmwareReport } from '@quaywatch/contracts';
import { describeError } from '@quaywatch/kernel';
import type { Logger } from '@quaywatch/runtime';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { DeviceGate } from '../devices/device-gate';
import { readJson } from '../devices/device-desk';
import type { Device } from '../devices/registry';
import type { FirmwareShelf } from './firmware-shelf';
import type { RolloutDesk } from './rollout-desk';

/** What the door works with. */
export interface FirmwareDoorParts {
  readonly gate: DeviceGate;
  readonly shelf: FirmwareShelf;
  readonly desk: RolloutDesk;
  readonly logger: Logger;
  /** Audits a device that is not let in. */
  readonly refused: (btu: string, address: string, reason: string, org: string | undefined) => void;
}

const mostReport = 4096;
const artefactPath = /^\/firmware\/v1\/artefact\/(fmw_[0-9a-z]{1,60})$/;

/** Where devices fetch firmware: over TLS with their certificate, only what a roll-out offers them. */
export class FirmwareDoor {
  constructor(private readonly parts: FirmwareDoorParts) {}

  /** Answers a request under `/firmware/`; false when it is none. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (!path.startsWith('/firmware/')) return false;
    const device = await this.device(request);
    if (!device) return say(response, 403);
    const operation = `${request.method ?? ''} ${path}`;
    if (operation === `GET ${firmwarePaths.offer}`) return this.offer(device, response);
    if (operation === `POST ${firmwarePaths.report}`) return this.report(device, request, response);
    const id = request.method === 'GET' ? artefactPath.exec(path)?.[1] : undefined;
    return id === undefined ? say(response, 404) : this.artefact(device, id, request, response);
  }

  private async device(request: IncomingMessage): Promise<Device | undefined> {
    const { gate, refused } = this.parts;
    const address = request.socket.remoteAddress ?? 'unknown';
    const verdict = gate.verdict(request.socket as TLSSocket);
    if (!verdict.ok) return void refused(verdict.btu ?? 'unknown', address, verdict.reason, undefined);
    const admission = await gate.admit(verdict.device);
    if (admission.ok) return admission.device;
    return void refused(verdict.device.btu, address, admission.reason, admission.org);
  }

  private async offer(device: Device, response: ServerResponse): Promise<boolean> {
    const found = await this.parts.desk.offer(device);
    if (!found) return say(response, 204);
    const { size: _, ...offer } = found;
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(firmwareOffer.parse(offer)));
    return true;
  }

  private async report(device: Device, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
      size += (chunk as Buffer).length;
      if (size > mostReport) return say(response, 413);
      chunks.push(chunk as Buffer);
    }
    const parsed = firmwareReport.safeParse(readJson(Buffer.concat(chunks)));
    if (!parsed.success) return say(response, 400);
    await this.parts.desk.report(device, parsed.data);
    return say(response, 204);
  }

  private async artefact(
    device: Device,
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    const offer = await this.parts.desk.offer(device, id);
    if (!offer) return say(response, 404);
    const { size } = offer;
    const range = /^bytes=(\d{1,12})-(\d{0,12})$/.exec(request.headers.range ?? '');
    const from = Number(range?.[1] ?? 0);
    const to = Math.min(size - 1, range?.[2] ? Number(range[2]) : size - 1);
    if (from > to) return say(response, 416, { 'content-range': `bytes */${size}` });
    response.writeHead(range ? 206 : 200, {
      'content-type': 'application/octet-stream',
      'content-length': to - from + 1,
      'accept-ranges': 'bytes',
      ...(range ? { 'content-range': `bytes ${from}-${to}/${size}` } : {}),
    });
    try {
      for await (const part of this.parts.shelf.read(device.org, id, from, to)) {
        if (response.destroyed) return true;
        if (!response.write(part)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      }
      response.end();
    } catch (error) {
      // The head is out: only a cut connection says that it is not whole. The device goes on where it was.
      this.parts.logger.warn({ btu: device.btu, reason: describeError(error) }, 'firmware could not be sent');
      response.destroy();
    }
    return true;
  }
}

function say(response: ServerResponse, status: number, headers: Record<string, string> = {}): true {
  response.writeHead(status, { ...headers, ...(status >= 400 ? { connection: 'close' } : {}) }).end();
  return true;
}
