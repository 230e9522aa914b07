import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { checkpointText, exportLine, fromHex, originOf, signNote } from '@quaywatch/domain/audit';
import { describeError, Fault, seconds, type Duration, type Instant } from '@quaywatch/kernel';
import type { Clock, ObjectStore, SecretStore, ViewStore } from '@quaywatch/ports';
import type { Logger } from '@quaywatch/runtime';
import { sha256 } from './sha256';
import { openSigner } from './signer';

/** When checkpoints are made, and in whose name. */
export interface CheckpointRules {
  readonly origin: string;
  readonly atMostEvery: Duration;
  readonly entries: number;
}

type Chain = { org: string; seq: string; hash: string; size: string | null; at: number | null };

/** Most entries of one object of an export. */
const segment = 10_000;
const pause = seconds(1);

/**
 * Signs the head of every chain that has grown, and puts entries and checkpoints into the object store, where anybody
 * with the public key can verify them without us: `audit/<org>/entries-<first>-<last>` and `audit/<org>/checkpoint-<size>`.
 */
export class CheckpointsJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private cancel: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  /** When a chain was first seen to have entries without checkpoint. */
  private readonly waitingSince = new Map<string, Instant>();

  constructor(
    private readonly store: ViewStore,
    private readonly objects: ObjectStore,
    private readonly secrets: SecretStore,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly rules: CheckpointRules,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { verifierKey } = await openSigner(this.secrets, this.rules.origin);
    this.logger.info({ verifierKey }, 'audit checkpoints are signed; give the verifier key to auditors');
    this.plan();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    await this.running;
  }

  /** Makes the checkpoints that are due. */
  async seal(): Promise<void> {
    const now = this.clock.now();
    const chains = await this.store.transact((tx) =>
      tx.query<Chain>(
        `select h.org, h.seq, h.hash, c.size, c.at from audit_head h
         left join lateral (select size, at from audit_checkpoint c where c.org = h.org order by size desc limit 1) c on true
         where h.seq > coalesce(c.size, 0) order by h.org`,
      ),
    );
    const growing = new Set(chains.map((chain) => chain.org));
    for (const org of this.waitingSince.keys()) if (!growing.has(org)) this.waitingSince.delete(org);
    for (const chain of chains) {
      const since = this.waitingSince.get(chain.org) ?? now;
      this.waitingSince.set(chain.org, since);
      const fresh = Number(chain.seq) - Number(chain.size ?? 0);
      if (fresh < this.rules.entries && now - since < this.rules.atMostEvery) continue;
      await this.sealOne(chain, now);
      this.waitingSince.delete(chain.org);
    }
  }

  /** Entries first, then the checkpoint that covers them: what is signed is always there to be verified. */
  private async sealOne(chain: Chain, at: Instant): Promise<void> {
    const { org } = chain;
    const size = Number(chain.seq);
    const head = fromHex(chain.hash);
    if (!head) throw new Fault('AUDIT_HEAD_MISSING', `the chain of ${org} has no head`);
    for (let first = Number(chain.size ?? 0) + 1; first <= size; first += segment) {
      await this.exportEntries(org, first, Math.min(first + segment - 1, size));
    }
    const signer = await openSigner(this.secrets, this.rules.origin);
    const text = checkpointText({ origin: originOf(this.rules.origin, org), size, head, at });
    const made = signNote(sha256, signer.key, signer.sign, text);
    // Of two instances one is first; both then store the same object.
    const note = await this.store.transact(async (tx) => {
      await tx.query(
        'insert into audit_checkpoint (org, size, at, note) values ($1, $2, $3, $4) on conflict do nothing',
        [org, size, at, made],
      );
      const [row] = await tx.query<{ note: string }>('select note from audit_checkpoint where org = $1 and size = $2', [
        org,
        size,
      ]);
      return row?.note ?? made;
    });
    await this.objects.put(`audit/${folderOf(org)}/checkpoint-${size}`, new TextEncoder().encode(note));
  }

  private async exportEntries(org: string, first: number, last: number): Promise<void> {
    const rows = await this.store.transact((tx) =>
      tx.query<{ body: string; hash: string }>(
        'select body, hash from audit_entry where org = $1 and seq between $2 and $3 order by seq',
        [org, first, last],
      ),
    );
    const text = rows.map(exportLine).join('');
    await this.objects.put(
      `audit/${folderOf(org)}/entries-${number(first)}-${number(last)}`,
      new TextEncoder().encode(text),
    );
  }

  private plan(): void {
    if (this.stopped) return;
    this.cancel = this.clock.after(pause, () => {
      this.running = this.seal()
        .catch((error: unknown) => this.logger.warn({ reason: describeError(error) }, 'checkpoints could not be made'))
        .finally(() => this.plan());
    });
  }
}

/** Fixed width, so that names sort as numbers. */
const number = (seq: number): string => String(seq).padStart(12, '0');

/** Organisation ids are safe in keys; anything else that a publisher may have written is made so. */
const folderOf = (org: string): string => org.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 200) || '-';
