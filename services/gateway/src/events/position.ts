import type { Topic } from '@quaywatch/contracts';

/**
 * A place in the whole log: for every partition of the followed topics, the offset of the next record. It is the SSE
 * `id`, so that a reader who comes back, to whichever instance, gets exactly what they have not seen.
 */
export class Position {
  private constructor(
    private readonly topics: readonly Topic[],
    private readonly partitions: number,
    private readonly next: number[],
  ) {}

  /** From the next offsets of each topic. */
  static at(topics: readonly Topic[], partitions: number, offsets: ReadonlyMap<Topic, readonly number[]>): Position {
    return new Position(
      topics,
      partitions,
      topics.flatMap((topic) => Array.from({ length: partitions }, (_, p) => offsets.get(topic)?.[p] ?? 0)),
    );
  }

  /** Reads an SSE id; undefined when it is not one of ours (or the log was partitioned anew). */
  static parse(topics: readonly Topic[], partitions: number, text: string): Position | undefined {
    if (text.length > 4000 || !/^[0-9a-z]+(\.[0-9a-z]+)*$/.test(text)) return undefined;
    const next = text.split('.').map((part) => Number.parseInt(part, 36));
    if (next.length !== topics.length * partitions || !next.every(Number.isSafeInteger)) return undefined;
    return new Position(topics, partitions, next);
  }

  /** Notes that the record at `offset` was seen; returns the new place. */
  after(topic: Topic, partition: number, offset: number): Position {
    const next = [...this.next];
    next[this.index(topic, partition)] = offset + 1;
    return new Position(this.topics, this.partitions, next);
  }

  /** The next offset of a partition. */
  of(topic: Topic, partition: number): number {
    return this.next[this.index(topic, partition)] ?? 0;
  }

  /** The further of both in each partition. */
  orFurther(other: Position): Position {
    const next = this.next.map((offset, i) => Math.max(offset, other.next[i] ?? 0));
    return new Position(this.topics, this.partitions, next);
  }

  /** True when no partition is behind `other`. */
  reaches(other: Position): boolean {
    return this.next.every((offset, i) => offset >= (other.next[i] ?? 0));
  }

  toString(): string {
    return this.next.map((offset) => offset.toString(36)).join('.');
  }

  private index(topic: Topic, partition: number): number {
    return this.topics.indexOf(topic) * this.partitions + partition;
  }
}
