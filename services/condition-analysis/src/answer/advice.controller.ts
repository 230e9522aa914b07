import { Controller, Inject } from '@nestjs/common';
import type { Advice, DataOf, events } from '@quaywatch/contracts';
import { conditionDefaults, modeOf } from '@quaywatch/domain/condition';
import { accept } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { bookStreams } from '../react/project-book';
import { BookCommands, type Caller } from './book-commands';
import { answerPrecision } from './precision';
import { traceFinding } from './trace';
import { visibleFleet } from './visible-fleet';

/** What people do with recommendations and what they found; how often the recommendations were right; where they come from. */
@Controller()
export class AdviceController {
  private readonly commands: BookCommands;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) clock: Clock,
    @Inject(AUDIT) audit: AuditTrail,
  ) {
    this.commands = new BookCommands(store, clock, audit);
  }

  @Api('progressFinding')
  async progress(@Call() call: ApiCall<'progressFinding'>): Promise<ApiAnswer<'progressFinding'>> {
    const { body, principal } = call;
    const { finding, spreader } = await this.find(call, call.params.id);
    const at = this.commands.now();
    const when = body.when === undefined ? at : Date.parse(body.when);
    if (body.state === 'rejected' && body.note === undefined)
      throw new Refused('invalid', 'Say why it is turned down.', [
        { pointer: '/body/note', code: 'required', detail: 'A reason is needed to turn a recommendation down.' },
      ]);
    if (body.state === 'repaired' && when > at + 60_000)
      throw new Refused('invalid', 'A repair cannot have ended in the future.', [
        { pointer: '/body/when', code: 'future', detail: 'Must not be later than now.' },
      ]);
    const exchanged = body.state === 'repaired' && body.exchanged === true;
    const data: DataOf<typeof events.findingProgressed> = {
      finding,
      spreader,
      state: body.state,
      when,
      exchanged,
      note: body.note ?? null,
      by: principal.id,
      at,
    };
    await this.commands.change(call, `finding.${body.state}`, { kind: 'finding', id: finding }, async (tx) => {
      // The analysis waits for the proof in data from now on: what it has made of earlier data stays as it is.
      if (body.state === 'repaired')
        await tx.query(
          `insert into repair_report (org, spreader, finding, at, exchanged) values ($1, $2, $3, $4, $5)
           on conflict (finding, at) do nothing`,
          [principal.org, spreader, finding, at, exchanged],
        );
      return accept([{ stream: bookStreams.work(finding), key: spreader, fact: { type: 'finding-progressed', data } }]);
    });
    return { id: finding };
  }

  @Api('judgeFinding')
  async judge(@Call() call: ApiCall<'judgeFinding'>): Promise<ApiAnswer<'judgeFinding'>> {
    const { body, principal } = call;
    const { finding, spreader, failureMode } = await this.find(call, call.params.id);
    const found = body.failure_mode !== undefined || body.component !== undefined;
    if (found && body.verdict !== 'other_cause')
      throw new Refused('invalid', 'What it was instead is only said with "other_cause".', [
        { pointer: '/body/failure_mode', code: 'not_allowed', detail: 'Only with other_cause.' },
      ]);
    if (body.failure_mode !== undefined && !modeOf(conditionDefaults, body.failure_mode))
      throw new Refused('invalid', `There is no failure mode ${body.failure_mode}.`, [
        { pointer: '/body/failure_mode', code: 'unknown', detail: 'Not in the catalogue.' },
      ]);
    const data: DataOf<typeof events.findingJudged> = {
      finding,
      spreader,
      failureMode,
      verdict: body.verdict,
      found: found ? { failureMode: body.failure_mode ?? null, component: body.component ?? null } : null,
      note: body.note ?? null,
      by: principal.id,
      at: this.commands.now(),
    };
    await this.commands.change(call, 'finding.judge', { kind: 'finding', id: finding }, () =>
      Promise.resolve(
        accept([{ stream: bookStreams.work(finding), key: spreader, fact: { type: 'finding-judged', data } }]),
      ),
    );
    return { id: finding };
  }

  @Api('getPrecision')
  precision(@Call() call: ApiCall<'getPrecision'>): Promise<ApiAnswer<'getPrecision'>> {
    return this.store.readAs(call.principal.org, (q) => answerPrecision(q, call));
  }

  @Api('traceFinding')
  trace(@Call() call: ApiCall<'traceFinding'>): Promise<ApiAnswer<'traceFinding'>> {
    return this.store.readAs(call.principal.org, (q) => traceFinding(q, call));
  }

  /** A finding that the caller may work on. */
  private find({ principal }: Caller, id: string | undefined): Promise<Advice> {
    return this.store.readAs(principal.org, async (q) => {
      const [row] = await q.query<{ advice: Advice }>('select advice from finding where finding = $1', [id ?? '']);
      const [seen] = row ? await visibleFleet(q, principal, 'alarms.write', { id: row.advice.spreader }) : [];
      if (!row || !seen) throw new Refused('not_found', `There is no finding ${id ?? ''}.`);
      return row.advice;
    });
  }
}
