import type { Principal, RouteDefinition } from '@quaywatch/contracts';
import { describeError, seconds, type Duration } from '@quaywatch/kernel';
import { callService, headerOf, isPassing, type Logger, type Peers } from '@quaywatch/runtime';
import type { Request, Response } from 'express';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { addressOf, requestIdOf, sendProblem } from '../edge/problem';
import { Circuit } from './circuit';
import { deepest, isTooDeep } from './json-depth';
import { readBody } from './read-body';

/** How long an operation may take, ms. */
export interface TimeLimits {
  /** Until the service begins to answer. */
  readonly firstByte: Duration;
  /** The same for operations that are `slow`. */
  readonly slowFirstByte: Duration;
  /** Without a byte that moves, from the service or to the caller. */
  readonly idle: Duration;
  /** The whole answer, however well it flows. */
  readonly whole: Duration;
}

/** What of a service's answer goes out; everything else stays inside. */
const passed = [
  'content-length',
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
    private readonly limits: TimeLimits,
  ) {}

  /** Answers `res` in every case: with the service's answer, or a problem (413, 415, 503, 504). */
  async forward(route: RouteDefinition, principal: Principal, req: Request, res: Response): Promise<void> {
    const withBody = route.method !== 'GET' && route.method !== 'DELETE';
    let body: Buffer<ArrayBuffer> | undefined;
    if (withBody) {
      if (!req.is(['application/json', 'application/scim+json']) && Number(req.headers['content-length'] ?? 0) > 0)
        return sendProblem(res, 415, 'Send JSON.');
      const read = await readBody(req);
      if (read === 'too_large') return sendProblem(closing(req, res), 413, 'At most 1 MiB.');
      if (isTooDeep(read)) return sendProblem(res, 400, `JSON may nest ${deepest} deep.`);
      body = read;
    }
    const circuit = this.circuitOf(route.service);
    if (!circuit.admit(Date.now())) return sendProblem(res, 503, `${route.service} cannot be reached right now.`);
    const watch = new Watch(this.limits, this.patience(route));
    const gone = (): void => watch.cut('gone');
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
        agent: this.peers.agent,
        onCall: (call) => watch.over(call),
        repeatable: route.method === 'GET' || req.get('idempotency-key') !== undefined,
      });
      circuit.answered();
      watch.begun(answer, res);
      res.status(answer.statusCode ?? 500);
      for (const name of passed) {
        const value = headerOf(answer.headers, name);
        if (value !== undefined) res.setHeader(name, value);
      }
      if (answer.headers['cache-control'] === undefined) res.setHeader('Cache-Control', 'no-store');
      await pass(answer, res);
    } catch (error) {
      const { why } = watch;
      if (why === 'gone') circuit.dropped();
      else if (!res.headersSent) circuit.failed(Date.now());
      this.failed(error, why, route, res);
    } finally {
      watch.end();
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

  private patience({ slow }: RouteDefinition): Duration {
    return slow ? this.limits.slowFirstByte : this.limits.firstByte;
  }

  private failed(error: unknown, why: Why | undefined, route: RouteDefinition, res: Response): void {
    if (why === 'gone') return;
    const { id, service } = route;
    this.logger.warn(
      { requestId: requestIdOf(res), route: id, service, why, reason: describeError(error) },
      res.headersSent ? 'an answer was cut off' : 'service did not answer',
    );
    if (why === 'late') sendProblem(res, 504, `${service} did not answer within ${this.patience(route) / 1000} s.`);
    else if (isNoConnection(error) || isPassing(error))
      sendProblem(res, 503, `${service} cannot be reached right now.`);
    else sendProblem(res, 500);
  }
}

/** Why an answer is cut off. */
type Why = 'gone' | 'late' | 'stalled' | 'too long';

/**
 * The whole answer to the caller; rejects when either end breaks off, and then both have. What `pipeline` does, without
 * its AbortController and the error that it makes for each answer.
 */
function pass(answer: IncomingMessage, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    const broken = (error: Error): void => {
      answer.destroy();
      res.destroy();
      reject(error);
    };
    finished(answer, { writable: false }, (error) => error && broken(error));
    finished(res, { readable: false }, (error) => (error ? broken(error) : resolve()));
    answer.pipe(res);
  });
}

/** Time limits of one answer: waiting for it to begin, standing still, and its whole length. */
class Watch {
  /** Why it was cut off. */
  why: Why | undefined;
  private call: ClientRequest | undefined;
  private timer: NodeJS.Timeout;
  private whole: NodeJS.Timeout | undefined;
  private stopListening = (): void => undefined;

  constructor(
    private readonly limits: TimeLimits,
    firstByte: Duration,
  ) {
    this.timer = setTimeout(() => this.cut('late'), firstByte);
  }

  /** The call that is watched. */
  over(call: ClientRequest): void {
    this.call = call;
    if (this.why !== undefined) call.destroy(new Error(this.why));
  }

  cut(why: Why): void {
    this.why ??= why;
    this.call?.destroy(new Error(why));
  }

  /** The answer has begun: from now on only a standstill counts, and the bound of the whole. */
  begun(answer: IncomingMessage, res: Response): void {
    const { limits } = this;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.cut('stalled'), limits.idle);
    this.whole = setTimeout(() => this.cut('too long'), limits.whole);
    // A caller who reads slowly holds the service's bytes back; that it has taken some shows as `drain`.
    const moved = (): void => void this.timer.refresh();
    answer.on('data', moved);
    res.on('drain', moved);
    this.stopListening = () => void (answer.off('data', moved), res.off('drain', moved));
  }

  end(): void {
    clearTimeout(this.timer);
    clearTimeout(this.whole);
    this.stopListening();
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

/** The rest of a body that is too large is not read: over HTTP/1.1 the connection ends with the answer. */
const closing = (req: Request, res: Response): Response =>
  req.httpVersionMajor === 1 ? res.set('Connection', 'close') : res;
