import type { Principal, RouteDefinition } from '@quaywatch/contracts';
import { describeError, seconds } from '@quaywatch/kernel';
import { isPassing, type Logger, type Peers } from '@quaywatch/runtime';
import type { Request, Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { addressOf, requestIdOf, sendProblem } from '../edge/problem';
import { Circuit } from './circuit';
import { callService, headerOf } from './internal-http';
import { readBody } from './read-body';

const limit = seconds(10);

/** What of a service's answer goes out; everything else stays inside. */
const passed = [
  'content-type',
  'etag',
  'location',
  'link',
  'retry-after',
  'cache-control',
  'content-disposition',
  'idempotency-replayed',
  'vary',
];

/** What of a caller's headers goes in, beside the body's type. */
const taken = ['if-none-match', 'if-match', 'idempotency-key', 'traceparent'];

/** Forwards operations to their owning service at the same path, and streams the answer back. */
export class Forwarder {
  private readonly circuits = new Map<string, Circuit>();

  constructor(
    private readonly peers: Peers,
    private readonly logger: Logger,
    private readonly timeLimit = limit,
  ) {}

  /** Answers `res` in every case: with the service's answer, or a problem (413, 415, 503, 504). */
  async forward(route: RouteDefinition, principal: Principal, req: Request, res: Response): Promise<void> {
    const withBody = route.method !== 'GET' && route.method !== 'DELETE';
    let body: Buffer<ArrayBuffer> | undefined;
    if (withBody) {
      if (!req.is('application/json') && Number(req.headers['content-length'] ?? 0) > 0)
        return sendProblem(res, 415, 'Send JSON.');
      const read = await readBody(req);
      if (read === 'too_large') return sendProblem(res.set('Connection', 'close'), 413, 'At most 1 MiB.');
      body = read;
    }
    const circuit = this.circuitOf(route.service);
    if (!circuit.admit(Date.now())) return sendProblem(res, 503, `${route.service} cannot be reached right now.`);
    const abort = new AbortController();
    const late = setTimeout(() => abort.abort('late'), this.timeLimit);
    const gone = (): void => abort.abort('gone');
    res.once('close', gone);
    try {
      const answer = await callService(`${this.peers.urlOf(route.service)}${req.originalUrl}`, {
        method: route.method,
        headers: {
          ...(await this.peers.headersFor(principal, { requestId: requestIdOf(res), address: addressOf(res) })),
          accept: req.get('accept') ?? 'application/json',
          ...Object.fromEntries(taken.flatMap((name) => (req.get(name) ? [[name, req.get(name) as string]] : []))),
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        body,
        signal: abort.signal,
        repeatable: route.method === 'GET' || req.get('idempotency-key') !== undefined,
      });
      circuit.answered();
      res.status(answer.statusCode ?? 500);
      for (const name of passed) {
        const value = headerOf(answer.headers, name);
        if (value !== undefined) res.setHeader(name, value);
      }
      if (answer.headers['cache-control'] === undefined) res.setHeader('Cache-Control', 'no-store');
      await pipeline(answer, res);
    } catch (error) {
      const why: unknown = abort.signal.reason;
      if (why === 'gone') circuit.dropped();
      else if (!res.headersSent) circuit.failed(Date.now());
      this.failed(error, why, route, res);
    } finally {
      clearTimeout(late);
      res.off('close', gone);
    }
  }

  private circuitOf(service: string): Circuit {
    const known = this.circuits.get(service);
    if (known) return known;
    const made = new Circuit({ failures: 5, rest: seconds(2) });
    this.circuits.set(service, made);
    return made;
  }

  private failed(error: unknown, why: unknown, route: RouteDefinition, res: Response): void {
    if (why === 'gone') return;
    const { id, service } = route;
    this.logger.warn(
      { requestId: requestIdOf(res), route: id, service, late: why === 'late', reason: describeError(error) },
      'service did not answer',
    );
    if (why === 'late') sendProblem(res, 504, `${service} did not answer within ${this.timeLimit / 1000} s.`);
    else if (isNoConnection(error) || isPassing(error))
      sendProblem(res, 503, `${service} cannot be reached right now.`);
    else sendProblem(res, 500);
  }
}

/** The connection could not be made, or broke. */
const isNoConnection = (error: unknown): boolean =>
  [
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
  ].includes(String((error as NodeJS.ErrnoException | undefined)?.code));
