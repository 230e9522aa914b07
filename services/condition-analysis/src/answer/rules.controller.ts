import { Controller, Inject } from '@nestjs/common';
import type { Principal, RuleText } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import {
  approveRule,
  draftRule,
  expressionOf,
  ruleBookOf,
  switchRuleOff,
  type RuleFact,
} from '@quaywatch/domain/condition';
import { accept, refuse, toIso, type Decision } from '@quaywatch/kernel';
import type { Clock, StoreTransaction, ViewStore } from '@quaywatch/ports';
import {
  Api,
  AUDIT,
  Call,
  CLOCK,
  readCursor,
  Refused,
  STORE,
  type ApiAnswer,
  type ApiCall,
  type AuditTrail,
} from '@quaywatch/runtime';
import { bookStreams } from '../react/project-book';
import { checkRule } from '../rules/cel';
import { backTest } from './back-test';
import { BookCommands, factsOf, type Said } from './book-commands';
import { pageOfSorted } from './page-of-sorted';

interface BookRow extends Record<string, unknown> {
  rule: string;
  type: string;
  fact: RuleFact['data'];
}

type View = ApiAnswer<'listRules'>['data'][number];

/** Rule studio: operators' rules, their check, back-test, approval and history. */
@Controller()
export class RulesController {
  private readonly commands: BookCommands;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) clock: Clock,
    @Inject(AUDIT) audit: AuditTrail,
  ) {
    this.commands = new BookCommands(store, clock, audit);
  }

  @Api('listRules')
  async list(@Call() { principal, query }: ApiCall<'listRules'>): Promise<ApiAnswer<'listRules'>> {
    const after = readCursor(query.cursor, ['string', 'string']);
    const views = [...(await this.read(principal, null)).values()].map(viewOf);
    views.sort((a, b) =>
      a.latest.text.name < b.latest.text.name ? -1 : a.latest.text.name > b.latest.text.name ? 1 : a.id < b.id ? -1 : 1,
    );
    const { rows: items, ...page } = pageOfSorted(
      views,
      (view) => [view.latest.text.name, view.id],
      query.limit,
      after,
    );
    return { data: [...items], ...page };
  }

  @Api('getRule')
  async get(@Call() { principal, params }: ApiCall<'getRule'>): Promise<ApiAnswer<'getRule'>> {
    const [rows] = [...(await this.read(principal, params.id ?? '')).values()];
    if (!rows) throw new Refused('not_found', 'There is no such rule.');
    const history = rows.map(({ type, fact }) => ({
      at: toIso(fact.at),
      what:
        type === 'rule-drafted'
          ? ('drafted' as const)
          : type === 'rule-approved'
            ? ('approved' as const)
            : ('switched_off' as const),
      version: 'version' in fact ? fact.version : null,
      by: fact.by,
      reason: 'reason' in fact ? fact.reason : null,
      text: 'text' in fact ? fact.text : null,
    }));
    return { ...viewOf(rows), history };
  }

  @Api('checkRule')
  check(@Call() { body }: ApiCall<'checkRule'>): Promise<ApiAnswer<'checkRule'>> {
    const checked = checkRule(body);
    return Promise.resolve({ ...checked, signals: [...checked.signals] });
  }

  @Api('backTestRule')
  test(@Call() call: ApiCall<'backTestRule'>): Promise<ApiAnswer<'backTestRule'>> {
    return backTest(this.store, call);
  }

  @Api('draftRule')
  draft(@Call() call: ApiCall<'draftRule'>): Promise<ApiAnswer<'draftRule'>> {
    return this.write(call, this.commands.newId('rule'), call.body, false);
  }

  @Api('changeRule')
  change(@Call() call: ApiCall<'changeRule'>): Promise<ApiAnswer<'changeRule'>> {
    return this.write(call, call.params.id ?? '', call.body, true);
  }

  @Api('approveRule')
  async approve(@Call() call: ApiCall<'approveRule'>): Promise<ApiAnswer<'approveRule'>> {
    const { principal, params, body } = call;
    const rule = params.id ?? '';
    mayWrite(principal);
    const at = this.commands.now();
    await this.commands.change(call, 'rule.approve', { kind: 'rule', id: rule }, async (tx) => {
      const book = ruleBookOf(await factsOf(tx, bookStreams.rule(rule), principal.org));
      if (book.versions.length === 0) return refuse('not_found', 'There is no such rule.');
      const decision = approveRule(book, { rule, version: body.version, by: principal.id, at, reason: body.reason });
      if (!decision.ok) return decision;
      const { text } = book.versions[body.version - 1] as { text: RuleText };
      // The catalogue may have changed since it was drafted.
      const { valid, problem } = checkRule(text);
      if (!valid) return refuse('conflict', problem ?? 'The rule is not valid any more.');
      await endPeriod(tx, rule, at);
      await tx.query('insert into rule_period (org, rule, version, text, from_at) values ($1, $2, $3, $4, $5)', [
        principal.org,
        rule,
        body.version,
        JSON.stringify(text),
        at,
      ]);
      return said(rule, decision);
    });
    return { id: rule, version: body.version };
  }

  @Api('switchRuleOff')
  async off(@Call() call: ApiCall<'switchRuleOff'>): Promise<ApiAnswer<'switchRuleOff'>> {
    const { principal, params, body } = call;
    const rule = params.id ?? '';
    mayWrite(principal);
    const at = this.commands.now();
    await this.commands.change(call, 'rule.switch-off', { kind: 'rule', id: rule }, async (tx) => {
      const book = ruleBookOf(await factsOf(tx, bookStreams.rule(rule), principal.org));
      if (book.versions.length === 0) return refuse('not_found', 'There is no such rule.');
      const decision = switchRuleOff(book, { rule, by: principal.id, at, reason: body.reason });
      if (decision.ok) await endPeriod(tx, rule, at);
      return said(rule, decision);
    });
    return { id: rule };
  }

  private async write(
    call: ApiCall<'draftRule'> | ApiCall<'changeRule'>,
    rule: string,
    given: RuleText,
    exists: boolean,
  ): Promise<{ id: string; version: number }> {
    const { principal } = call;
    mayWrite(principal);
    const { valid, problem } = checkRule(given);
    if (!valid)
      throw new Refused('invalid', problem ?? 'The rule is not valid.', [
        { pointer: '/body/expression', code: 'rule', detail: problem ?? '' },
      ]);
    const text = given.form ? { ...given, expression: expressionOf(given.form) } : given;
    let version = 0;
    await this.commands.change(call, 'rule.draft', { kind: 'rule', id: rule }, async (tx) => {
      const book = ruleBookOf(await factsOf(tx, bookStreams.rule(rule), principal.org));
      if (exists && book.versions.length === 0) return refuse('not_found', 'There is no such rule.');
      version = book.versions.length + 1;
      return said(rule, draftRule(book, { rule, text, by: principal.id, at: this.commands.now() }));
    });
    return { id: rule, version };
  }

  private async read(principal: Principal, rule: string | null): Promise<Map<string, BookRow[]>> {
    const rows = await this.store.readAs(principal.org, (q) =>
      q.query<BookRow>(
        'select rule, type, fact from rule_book where ($1::text is null or rule = $1) order by rule, n',
        [rule],
      ),
    );
    const byRule = new Map<string, BookRow[]>();
    for (const row of rows) byRule.set(row.rule, [...(byRule.get(row.rule) ?? []), row]);
    return byRule;
  }
}

/** A rule speaks for the whole organisation: a role at some terminals only is not enough. */
function mayWrite(principal: Principal): void {
  if (visibleTerminals(principal, 'fleet.write') !== 'all')
    throw new Refused('forbidden', 'Rules are for the whole organisation: this needs fleet.write everywhere.');
}

const endPeriod = (tx: StoreTransaction, rule: string, at: number): Promise<unknown> =>
  tx.query('update rule_period set to_at = $2 where rule = $1 and to_at is null', [rule, at]);

const said = (rule: string, decision: Decision<RuleFact[]>): Decision<Said[]> =>
  decision.ok ? accept(decision.value.map((fact) => ({ stream: bookStreams.rule(rule), key: rule, fact }))) : decision;

function viewOf(rows: readonly BookRow[]): View {
  const book = ruleBookOf(
    rows.map(({ type, fact }) => ({ type, data: fact })) as unknown as Parameters<typeof ruleBookOf>[0],
  );
  const latest = book.versions.at(-1) as (typeof book.versions)[number];
  const approval = book.approvals.filter(({ version }) => version === latest.version).at(-1);
  return {
    id: latest.rule,
    state: book.active !== null ? 'on' : book.approvals.length > 0 ? 'off' : 'draft',
    active_version: book.active,
    latest: {
      version: latest.version,
      text: latest.text,
      author: latest.by,
      drafted_at: toIso(latest.at),
      approved_by: approval?.by ?? null,
      approved_at: approval ? toIso(approval.at) : null,
    },
  };
}
