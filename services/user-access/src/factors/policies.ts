import type { Principal } from '@quaywatch/contracts';
import type { ViewStore } from '@quaywatch/ports';
import type { AuditTrail } from '@quaywatch/runtime';

/** Whether a second factor is needed to sign in: always, offered once, or never asked for. */
export type SecondFactor = 'required' | 'offered' | 'off';

/** What organisations demand at sign-in. */
export class Policies {
  constructor(
    private readonly store: ViewStore,
    private readonly audit: AuditTrail,
    private readonly byDefault: SecondFactor,
  ) {}

  /** The organisation's own setting, else the configured one. */
  async secondFactor(org: string): Promise<SecondFactor> {
    const [row] = await this.store.readAs(org, (q) =>
      q.query<{ second_factor: SecondFactor }>('select second_factor from access_policy where org = $1', [org]),
    );
    return row?.second_factor ?? this.byDefault;
  }

  /** Sets it for the caller's organisation. */
  async set(
    { principal, address }: { principal: Principal; address: string | null },
    value: SecondFactor,
  ): Promise<void> {
    await this.store.transact(async (tx) => {
      await tx.query(
        `insert into access_policy (org, second_factor) values ($1, $2) on conflict (org) do update set second_factor = $2`,
        [principal.org, value],
      );
      await this.audit.within(tx, {
        org: principal.org,
        class: 'configuration',
        actor: { kind: principal.kind, id: principal.id },
        action: 'access-policy.set',
        target: { kind: 'organisation', id: principal.org },
        outcome: 'success',
        address,
        detail: { second_factor: value },
      });
    });
  }
}
