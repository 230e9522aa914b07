/** Requests of a day, and how many of them were refused or failed. */
export interface DayOfUse {
  readonly day: string;
  readonly requests: number;
  readonly refused: number;
}

/** Every day from `from` to `to`, also those without calls: a gap in use is seen as one. */
export function everyDay(usage: {
  readonly from: string;
  readonly to: string;
  readonly by_day: readonly {
    readonly day: string;
    readonly requests: number;
    readonly client_errors: number;
    readonly server_errors: number;
    readonly throttled: number;
  }[];
}): DayOfUse[] {
  const known = new Map(usage.by_day.map((row) => [row.day, row]));
  const days: DayOfUse[] = [];
  for (let at = Date.parse(usage.from); at <= Date.parse(usage.to); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    const row = known.get(day);
    const refused = row ? row.client_errors + row.server_errors + row.throttled : 0;
    days.push({ day, requests: row?.requests ?? 0, refused });
  }
  return days;
}
