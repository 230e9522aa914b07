import { Fault } from '@quaywatch/kernel';
import type { Queryable, Row } from '@quaywatch/ports';
import type { QueryRunner } from 'typeorm';
import { storeFault } from './store-fault';

/**
 * SQL on one connection in one transaction. Queries are sent one after the other, also when they are not awaited; after
 * a failed one nothing can commit (PostgreSQL would answer COMMIT with a silent ROLLBACK).
 */
export class SqlSession implements Queryable {
  /** The error after which the transaction is lost. */
  failure: unknown;
  private last: Promise<unknown> = Promise.resolve();
  private ended = false;

  constructor(private readonly runner: QueryRunner) {}

  query<T extends Row = Row>(sql: string, parameters?: readonly unknown[]): Promise<T[]> {
    const result = this.last.then(() => this.run<T>(sql, parameters));
    this.last = result.catch(() => {});
    return result;
  }

  /** Waits for queries nobody awaited, and refuses later ones. */
  async end(): Promise<void> {
    await this.last;
    this.ended = true;
  }

  private async run<T extends Row>(sql: string, parameters?: readonly unknown[]): Promise<T[]> {
    if (this.ended) throw new Fault('TRANSACTION_ENDED', 'the transaction has ended: a query of it was not awaited');
    try {
      const { records } = await this.runner.query(sql, parameters as unknown[] | undefined, true);
      if (this.failure && /^\s*rollback\s+to\b/i.test(sql)) this.failure = undefined;
      return (records ?? []) as T[];
    } catch (error) {
      const fault = storeFault(error);
      this.failure ??= fault;
      throw fault;
    }
  }
}
