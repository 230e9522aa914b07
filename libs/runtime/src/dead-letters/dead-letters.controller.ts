import { Controller, Inject } from '@nestjs/common';
import type { Principal, Topic } from '@quaywatch/contracts';
import type { StoreTransaction, ViewStore } from '@quaywatch/ports';
import type { AuditTrail, NewAudit } from '../audit';
import type { LogStrategy } from '../consume/log-strategy';
import { Api, Call, Refused, type ApiAnswer, type ApiCall } from '../http/api';
import { pageOfRows, readCursor } from '../http/cursor';
import { AUDIT, STORE } from '../tokens';
import { checkReplacement } from './check-replacement';
import { detailOf, findLetter, listLetters, summaryOf, type LetterRow } from './dead-letters';
import { releaseLetter } from './release-letter';

/** Token of the service's consumers. */
export const CONSUMERS = Symbol('CONSUMERS');

type Change = ApiCall<'editDeadLetter'> | ApiCall<'releaseDeadLetter'> | ApiCall<'discardDeadLetter'>;

/** Dead letters of this service: every service with a database serves them. */
@Controller()
export class DeadLettersController {
  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(CONSUMERS) private readonly consumers: LogStrategy,
  ) {}

  @Api('listDeadLetters')
  async list(@Call() call: ApiCall<'listDeadLetters'>): Promise<ApiAnswer<'listDeadLetters'>> {
    const { limit, cursor, topic, consumer, state } = call.query;
    this.checkService(call.params);
    const before = readCursor(cursor, ['string'])?.[0] as string | undefined;
    if (before !== undefined && !/^\d{1,18}$/.test(before))
      throw new Refused('invalid', 'The cursor is not one of ours.');
    const found = await listLetters(this.store, call.principal, { topic, consumer, state, before, limit });
    const { rows, next_cursor, has_more } = pageOfRows(found, limit, (row) => [row.id]);
    return { data: rows.map(summaryOf), next_cursor, has_more };
  }

  @Api('getDeadLetter')
  async get(@Call() call: ApiCall<'getDeadLetter'>): Promise<ApiAnswer<'getDeadLetter'>> {
    const row = await this.find(call);
    // An event may hold personal data, so looking at it leaves a trace (law L7).
    await this.audit.write(this.entry(call, row, 'dead-letter.read', null));
    return detailOf(row);
  }

  @Api('editDeadLetter')
  async edit(@Call() call: ApiCall<'editDeadLetter'>): Promise<ApiAnswer<'editDeadLetter'>> {
    const row = await this.find(call);
    const { replacement, reason } = call.body;
    const wrong = replacement && checkReplacement(JSON.parse(row.event), replacement, row.topic as Topic);
    if (wrong) {
      throw new Refused('invalid', `The replacement cannot be used: ${wrong}.`, [
        { pointer: '/replacement', code: 'invalid', detail: wrong },
      ]);
    }
    await this.decide(call, row, 'dead-letter.edit', (tx) =>
      tx.query(
        `update dead_letter set replacement = $2, decided_by = $3, decided_reason = $4, changed_at = clock_timestamp()
         where id = $1 and state = 'waiting' returning 1`,
        [row.id, replacement && JSON.stringify(replacement), call.principal.id, reason],
      ),
    );
    return detailOf(await this.find(call));
  }

  @Api('releaseDeadLetter')
  async release(@Call() call: ApiCall<'releaseDeadLetter'>): Promise<ApiAnswer<'releaseDeadLetter'>> {
    const row = await this.find(call);
    const outcome = await releaseLetter({
      store: this.store,
      id: row.id,
      by: call.principal.id,
      reason: call.body.reason,
      handlerOf: (consumer, topic) => this.consumers.handlerOf(consumer, topic),
      also: (tx) => this.audit.within(tx, this.entry(call, row, 'dead-letter.release', call.body.reason)),
    });
    if (outcome.kind === 'not_waiting') throw new Refused('conflict', 'This event no longer waits.');
    if (outcome.kind === 'failed') {
      const failed = { ...this.entry(call, row, 'dead-letter.release', outcome.reason), outcome: 'failure' as const };
      await this.audit.write(failed);
      throw new Refused('conflict', `It failed again: ${outcome.reason}`);
    }
    return detailOf(await this.find(call));
  }

  @Api('discardDeadLetter')
  async discard(@Call() call: ApiCall<'discardDeadLetter'>): Promise<ApiAnswer<'discardDeadLetter'>> {
    const row = await this.find(call);
    await this.decide(call, row, 'dead-letter.discard', (tx) =>
      tx.query(
        `update dead_letter set state = 'discarded', decided_by = $2, decided_reason = $3, changed_at = clock_timestamp()
         where id = $1 and state = 'waiting' returning 1`,
        [row.id, call.principal.id, call.body.reason],
      ),
    );
    return detailOf(await this.find(call));
  }

  private checkService(params: Readonly<Record<string, string>>): void {
    if (params['service'] !== this.consumers.service) throw new Refused('not_found', 'There is no such service here.');
  }

  private async find(call: { params: Readonly<Record<string, string>>; principal: Principal }): Promise<LetterRow> {
    this.checkService(call.params);
    const row = await findLetter(this.store, call.principal, call.params['id'] ?? '');
    if (!row) throw new Refused('not_found', 'There is no such dead letter.');
    return row;
  }

  private decide(
    call: Change,
    row: LetterRow,
    action: string,
    change: (tx: StoreTransaction) => Promise<unknown[]>,
  ): Promise<void> {
    return this.store.transact(async (tx) => {
      if ((await change(tx)).length === 0) throw new Refused('conflict', 'This event no longer waits.');
      await this.audit.within(tx, this.entry(call, row, action, call.body.reason));
    });
  }

  private entry(
    call: { principal: Principal; address: string | null },
    row: LetterRow,
    action: string,
    reason: string | null,
  ): NewAudit {
    return {
      org: call.principal.org,
      class: action === 'dead-letter.read' ? 'data-access' : 'privileged',
      actor: { kind: call.principal.kind, id: call.principal.id },
      action,
      target: { kind: 'dead-letter', id: `${this.consumers.service}/${row.id}` },
      outcome: 'success',
      reason,
      address: call.address,
      detail: { topic: row.topic, consumer: row.consumer, partition: row.partition, offset: Number(row.offset) },
    };
  }
}
