import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { expiryWarnings, warningDue } from '@quaywatch/domain/telemetry';
import { days, describeError, minutes } from '@quaywatch/kernel';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { CLOCK, CONFIG, LOGGER, STORE, type Logger } from '@quaywatch/runtime';
import type { IngestConfig } from '../config';
import { IdentityHost } from './identity-host';

interface EndingRow extends Record<string, unknown> {
  org: string;
  btu: string;
  serial: string;
  not_after: number;
  warned: number | null;
}

const perLook = 1000;

/** Warns of certificates that come to their end and have no successor: once at each of 30, 7 and 1 days. */
@Injectable()
export class ExpiryWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private stopTimer: (() => void) | undefined;
  private stopped = false;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: IngestConfig,
    @Inject(IdentityHost) private readonly identity: IdentityHost,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.identity.open();
    this.run();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.stopTimer?.();
  }

  /** Writes the warnings that are due now; how many. */
  async look(): Promise<number> {
    const now = this.clock.now();
    const rows = await this.store.transact((tx) =>
      tx.query<EndingRow>(
        `select c.org, c.btu, c.serial, c.not_after, c.warned from certificate c
         where c.not_after > $1 and c.not_after <= $2 and c.revoked_at is null
           and not exists (select from certificate n where n.btu = c.btu and n.org = c.org and n.revoked_at is null
                             and n.not_after > c.not_after)
         order by c.not_after limit $3`,
        [now, now + days(expiryWarnings[0]), perLook],
      ),
    );
    let warned = 0;
    for (const row of rows) {
      const due = warningDue(row.not_after, now);
      if (due === undefined || (row.warned !== null && row.warned <= due)) continue;
      await this.identity.parts.commands.warn(row, { serial: row.serial, notAfter: row.not_after, days: due });
      warned++;
    }
    return warned;
  }

  private run(): void {
    if (this.stopped) return;
    this.look()
      .catch((error: unknown) =>
        this.logger.warn({ reason: describeError(error) }, 'certificates could not be looked at'),
      )
      .finally(() => {
        if (!this.stopped)
          this.stopTimer = this.clock.after(minutes(this.config.EXPIRY_LOOK_MINUTES), () => this.run());
      });
  }
}
