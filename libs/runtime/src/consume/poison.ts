/** An event or batch that can never succeed as it is. */
export class Poison extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'Poison';
  }

  /** Where the failure came from, for people; at most 4,000 characters, null when the handler only gave a reason. */
  get origin(): string | null {
    return this.cause instanceof Error ? (this.cause.stack ?? this.cause.message).slice(0, 4000) : null;
  }
}
