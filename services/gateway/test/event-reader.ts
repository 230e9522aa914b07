import { get, type IncomingMessage } from 'node:http';
import type { Browser } from './browser';

/** One server-sent event. */
export interface Sent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: Record<string, Record<string, unknown>>;
}

/** Reads the event stream as EventSource does. */
export class EventReader {
  readonly events: Sent[] = [];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly ended: Promise<void>;

  private constructor(private readonly answer: IncomingMessage) {
    this.headers = answer.headers;
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    });
    this.ended = new Promise((resolve) => answer.once('close', resolve).on('error', () => undefined));
  }

  static open(
    url: string,
    browser: Browser,
    options: { query?: string; lastEventId?: string } = {},
  ): Promise<EventReader> {
    const headers = {
      cookie: browser.cookieHeader(),
      ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
    };
    return new Promise((resolve, reject) => {
      get(`${url}/v1/events/stream${options.query ?? ''}`, { headers }, (answer) => {
        if (answer.statusCode === 200) resolve(new EventReader(answer));
        else reject(new Error(`stream: ${answer.statusCode}`));
      }).once('error', reject);
    });
  }

  /** Waits until it is so, 8 s at most. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + 8000;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`did not come: ${JSON.stringify(this.events.slice(-5))}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    this.answer.destroy();
  }

  private take(block: string): void {
    const fields = new Map(
      block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    const [data, type] = [fields.get('data'), fields.get('event')];
    if (data !== undefined && type !== undefined && type !== 'heartbeat')
      this.events.push({ id: fields.get('id'), type, data: JSON.parse(data) as Sent['data'] });
  }
}
