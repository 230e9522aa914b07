import type { Principal, SandboxScenario } from '@quaywatch/contracts';
import { makeId, minutes } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';

/** A scenario that was started. */
export interface SandboxRun extends Record<string, unknown> {
  readonly run: string;
  readonly scenario: SandboxScenario;
  readonly spreader: string | null;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly detail: string | null;
  readonly started_at: number;
  readonly ended_at: number | null;
}

const mostWaiting = 20;
/** Who has not begun by then never will: the simulator does not run. */
const patience = minutes(10);
const columns = 'run, scenario, spreader, state, detail, started_at, ended_at';

/** Scenarios of the sandbox: started by people and programs, taken and ended by the simulator. */
export class SandboxRuns {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    /** The organisation that is the sandbox; undefined = there is none. */
    private readonly sandbox: string | undefined,
  ) {}

  /** Whether an organisation is the sandbox. */
  isSandbox(org: string): boolean {
    return org === this.sandbox;
  }

  /** Starts a scenario; refused outside the sandbox and when too many are waiting. */
  async start(
    principal: Principal,
    address: string | null,
    { scenario, spreader }: { scenario: SandboxScenario; spreader?: string | undefined },
  ): Promise<SandboxRun> {
    const { org } = principal;
    if (!this.isSandbox(org)) throw new Refused('not_found', 'Scenarios are for the sandbox only.');
    const now = this.clock.now();
    const run = makeId('sandboxRun', now, this.clock.random(12));
    return this.store.transact(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`sandbox of ${org}`]);
      await tx.query(
        `update sandbox_run set state = 'failed', ended_at = $2, detail = 'The simulator did not begin it in time.'
         where org = $1 and state = 'waiting' and started_at < $3`,
        [org, now, now - patience],
      );
      const [waiting] = await tx.query<{ n: number }>(
        `select count(*)::int as n from sandbox_run where org = $1 and state = 'waiting'`,
        [org],
      );
      if ((waiting?.n ?? 0) >= mostWaiting)
        throw new Refused('conflict', `${mostWaiting} scenarios are waiting already.`);
      if (spreader !== undefined) {
        const known = await tx.query('select 1 from spreader where org = $1 and number = $2', [org, spreader]);
        if (known.length === 0) throw new Refused('not_found', 'There is no such spreader in the sandbox.');
      }
      await tx.query(
        `insert into sandbox_run (org, run, scenario, spreader, state, started_at) values ($1, $2, $3, $4, 'waiting', $5)`,
        [org, run, scenario, spreader ?? null, now],
      );
      await this.audit.within(tx, {
        org,
        class: 'configuration',
        actor: { kind: principal.kind, id: principal.id },
        action: 'sandbox.run',
        target: { kind: 'sandbox-run', id: run },
        outcome: 'success',
        address,
        detail: { scenario },
      });
      return {
        run,
        scenario,
        spreader: spreader ?? null,
        state: 'waiting',
        detail: null,
        started_at: now,
        ended_at: null,
      };
    });
  }

  /** Newest first, after a place; one more than asked for tells that there are more. */
  list(org: string, limit: number, after: readonly [at: number, run: string] | undefined): Promise<SandboxRun[]> {
    return this.store.readAs(org, (q) =>
      q.query<SandboxRun>(
        `select ${columns} from sandbox_run
         where org = $1 and ($2::float8 is null or (started_at, run) < ($2::float8, $3::text))
         order by started_at desc, run desc limit $4`,
        [org, after?.[0] ?? null, after?.[1] ?? null, limit],
      ),
    );
  }

  async find(org: string, run: string): Promise<SandboxRun | undefined> {
    const [row] = await this.store.readAs(org, (q) =>
      q.query<SandboxRun>(`select ${columns} from sandbox_run where org = $1 and run = $2`, [org, run]),
    );
    return row;
  }

  /** Hands the oldest that waits to the simulator, once; undefined when none does. */
  async take(): Promise<SandboxRun | undefined> {
    if (this.sandbox === undefined) return undefined;
    const [row] = await this.store.transact((tx) =>
      tx.query<SandboxRun>(
        `update sandbox_run set state = 'running' where run = (
           select run from sandbox_run where org = $1 and state = 'waiting' and started_at >= $2
           order by started_at, run limit 1 for update skip locked)
         returning ${columns}`,
        [this.sandbox, this.clock.now() - patience],
      ),
    );
    return row;
  }

  /** Notes how one ended. */
  async end(
    run: string,
    outcome: { state: 'done' | 'failed'; detail: string; spreader: string | null },
  ): Promise<void> {
    await this.store.transact((tx) =>
      tx.query(
        `update sandbox_run set state = $2, detail = $3, spreader = coalesce(spreader, $4), ended_at = $5
         where run = $1 and state = 'running'`,
        [run, outcome.state, outcome.detail, outcome.spreader, this.clock.now()],
      ),
    );
  }
}
