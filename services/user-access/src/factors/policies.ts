import { accept } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import type { AuditTrail } from '@quaywatch/runtime';
import { auditDeed, type Caller } from '../caller';
import { recordFacts } from '../record-facts';

/** Whether a second factor is needed to sign in: always, offered once, or never asked for. */
export type SecondFactor = 'required' | 'offered' | 'off';

/** What organisations demand at sign-in. */
export class Policies {
  constructor(
    private readonly store: ViewStore,
    private readonly audit: AuditTrail,
    private readonly byDefault: SecondFactor,
    private readonly clock: Clock,
  ) {}

  /** The organisation's own setting, else the configured one. */
  async secondFactor(org: string): Promise<SecondFactor> {
    const [row] = await this.store.readAs(org, (q) =>
      q.query<{ second_factor: SecondFactor }>('select second_factor from access_policy where org = $1', [org]),
    );
    return row?.second_factor ?? this.byDefault;
  }

  /** Whether what is dangerous takes two people. */
  async fourEyes(org: string): Promise<boolean> {
    const [row] = await this.store.readAs(org, (q) =>
      q.query<{ four_eyes: boolean }>('select four_eyes from access_policy where org = $1', [org]),
    );
    return row?.four_eyes ?? false;
  }

  /** Sets it for the caller's organisation; a fact tells the services whose changes take two people then. */
  async set(caller: Caller, value: SecondFactor, fourEyes: boolean): Promise<void> {
    const { org } = caller.principal;
    await this.store.transact(async (tx) => {
      await recordFacts(tx, this.clock, {
        stream: `access-policy-${org}`,
        org,
        key: org,
        start: undefined,
        evolve: () => undefined,
        decide: () =>
          accept([
            { type: 'access-policy-set', data: { secondFactor: value, fourEyes, by: caller.principal.id } } as const,
          ]),
        apply: async (q) => {
          await q.query(
            `insert into access_policy (org, second_factor, four_eyes) values ($1, $2, $3)
             on conflict (org) do update set second_factor = $2, four_eyes = $3`,
            [org, value, fourEyes],
          );
        },
      });
      await auditDeed(this.audit, tx, caller, {
        class: 'configuration',
        action: 'access-policy.set',
        target: { kind: 'organisation', id: org },
        detail: { second_factor: value, four_eyes: String(fourEyes) },
      });
    });
  }
}
