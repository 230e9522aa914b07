import type { AuditEntry } from '@quaywatch/contracts';
import type { TestServices } from '@quaywatch/runtime/testing';

/** Reads the audit topic from its start, and again. */
export class AuditReader {
  constructor(private readonly services: TestServices) {}

  /** Every entry there is, oldest first. */
  async all(): Promise<AuditEntry[]> {
    const found: AuditEntry[] = [];
    const { log } = this.services;
    const total = (await log.endOffsets('audit')).reduce((sum, end) => sum + end, 0);
    let seen = 0;
    const handle = await log.subscribe({
      group: `test-${Math.random()}`,
      topics: ['audit'],
      startAt: () => Promise.resolve(0),
      onBatch: (batch) => {
        for (const record of batch.records) found.push((record.event as { data: AuditEntry }).data);
        seen += batch.records.length;
        return Promise.resolve();
      },
    });
    await this.services.until(() => Promise.resolve(seen >= total));
    await handle.stop();
    return found.sort((a, b) => a.at - b.at);
  }

  /** How many refusals of an action there are. */
  async count(action: string): Promise<number> {
    return (await this.refusals(action)).length;
  }

  /** The refusals of an action after the first `before`; waits until there is one. */
  after(action: string, before: number): Promise<AuditEntry[]> {
    return this.services.until(async () => {
      const entries = (await this.refusals(action)).slice(before);
      return entries.length > 0 && entries;
    });
  }

  private async refusals(action: string): Promise<AuditEntry[]> {
    return (await this.all()).filter((entry) => entry.action === action && entry.outcome === 'refused');
  }
}
