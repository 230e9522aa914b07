import { minutes } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';

/** A sign-in between its steps. */
export interface Step {
  /** Who has shown their password (or made a factor); null before. */
  readonly user: string | null;
  /** The challenge of the last page with a passkey. */
  readonly challenge: string | null;
  readonly failures: number;
}

const life = minutes(15);

/** What is known of sign-ins under way, by interaction of the provider; a browser proves with its cookie that one is its own. */
export class SignInSteps {
  constructor(
    private readonly store: ViewStore,
    private readonly clock: Clock,
  ) {}

  /** The step of an interaction; an empty one when nothing is known (any more). */
  async read(interaction: string): Promise<Step> {
    const [row] = await this.store.transact((tx) =>
      tx.query<{ user_id: string | null; challenge: string | null; failures: number }>(
        'select user_id, challenge, failures from sign_in_step where interaction = $1 and at > $2',
        [interaction, this.clock.now() - life],
      ),
    );
    return { user: row?.user_id ?? null, challenge: row?.challenge ?? null, failures: row?.failures ?? 0 };
  }

  /** Keeps a step. */
  async write(interaction: string, { user, challenge, failures }: Step): Promise<void> {
    await this.store.transact((tx) =>
      tx.query(
        `insert into sign_in_step (interaction, user_id, challenge, failures, at) values ($1, $2, $3, $4, $5)
         on conflict (interaction) do update set user_id = $2, challenge = $3, failures = $4, at = $5`,
        [interaction, user, challenge, failures, this.clock.now()],
      ),
    );
  }

  /** Forgets an interaction that is over. */
  async forget(interaction: string): Promise<void> {
    await this.store.transact((tx) => tx.query('delete from sign_in_step where interaction = $1', [interaction]));
  }

  /** Forgets what is too old. */
  async purge(): Promise<void> {
    await this.store.transact((tx) => tx.query('delete from sign_in_step where at <= $1', [this.clock.now() - life]));
  }
}
