import { Client, type ClientConfig } from 'pg';

/** Channel of NOTIFY on which heads are announced: lines of `topic partition next`, or `members` when a group changed. */
export const channel = 'quaywatch_log';

/**
 * Announces heads by NOTIFY, many at a time and on a connection of its own: a NOTIFY in the appending statement takes
 * a lock of the whole database at commit and makes appends slower by a factor of 2.7 (measured).
 * A lost announcement only costs time: readers also poll.
 */
export class Announcer {
  private readonly heads = new Map<string, number>();
  private client: Promise<Client> | undefined;
  private sending: Promise<void> | undefined;

  constructor(
    private readonly config: ClientConfig,
    private readonly delay = 5,
  ) {}

  announce(topic: string, partition: number, next: number): void {
    this.heads.set(`${topic} ${partition}`, next);
    this.sending ??= this.send();
  }

  async close(): Promise<void> {
    await this.sending;
    const client = await this.client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  private async send(): Promise<void> {
    while (this.heads.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.delay));
      const lines = [...this.heads].slice(0, 100).map(([name, next]) => `${name} ${next}`);
      for (const line of lines) this.heads.delete(line.slice(0, line.lastIndexOf(' ')));
      try {
        this.client ??= this.connect();
        await (await this.client).query('select pg_notify($1, $2)', [channel, lines.join('\n')]);
      } catch {
        const broken = this.client;
        this.client = undefined;
        void broken?.then((client) => client.end()).catch(() => undefined);
        this.heads.clear();
      }
    }
    this.sending = undefined;
  }

  private async connect(): Promise<Client> {
    const client = new Client(this.config);
    client.on('error', () => (this.client = undefined));
    await client.connect();
    // Nothing is written but the announcement: no reason to wait for the disk.
    await client.query('set synchronous_commit = off');
    return client;
  }
}
