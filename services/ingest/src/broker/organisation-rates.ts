import { RateLimit } from './rate-limit';

/** Devices by organisation. */
export type DeviceCounts = ReadonlyMap<string, number>;

/**
 * The rate that an organisation's devices have together, of which each of several processes gives as much as it serves
 * of these devices. A process knows the numbers of the others as of a look ago: while devices move from one to another
 * the shares may add up to more, by the share of those that moved, until the next look.
 */
export class OrganisationRates {
  private readonly limits = new Map<string, RateLimit>();
  private others: DeviceCounts = new Map();

  /** `rate`: PUBLISH packets per second of all devices of an organisation. */
  constructor(private readonly rate: number) {}

  /** The limit of the devices of this organisation that are served here. */
  of(org: string, now: number): RateLimit {
    let limit = this.limits.get(org);
    if (!limit) this.limits.set(org, (limit = new RateLimit(this.share(org, 1), now)));
    return limit;
  }

  /** Takes over how many devices are served here, and by all other processes that live. */
  divide(here: DeviceCounts, others: DeviceCounts): void {
    this.others = others;
    // One that is about to come counts as here.
    for (const [org, limit] of this.limits) limit.change(this.share(org, here.get(org) ?? 1));
  }

  private share(org: string, here: number): number {
    return (this.rate * here) / (here + (this.others.get(org) ?? 0));
  }
}
