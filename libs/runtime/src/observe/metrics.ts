/** Values of labels, by name. */
export type Labels = Readonly<Record<string, string>>;

/** One line of a metric: its labels and value. */
export type Sample = readonly [Labels, number];

interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  lines(): string[] | Promise<string[]>;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Metrics of one service in Prometheus's text format 0.0.4. Names of labels are few and their values come from the
 * code or the catalogues, never from data: the number of lines stays bounded.
 */
export class Metrics {
  private readonly metrics = new Map<string, Metric>();

  /** A number that only rises. Returns how to add to it. */
  counter(name: string, help: string): (labels: Labels, by?: number) => void {
    const values = new Map<string, number>();
    this.metrics.set(name, {
      type: 'counter',
      help,
      lines: () => [...values].map(([labels, value]) => `${name}${labels} ${value}`),
    });
    return (labels, by = 1) => {
      const key = text(labels);
      values.set(key, (values.get(key) ?? 0) + by);
    };
  }

  /** Durations in seconds. Returns how to add one. */
  histogram(name: string, help: string): (labels: Labels, value: number) => void {
    const all = new Map<string, { labels: Labels; buckets: number[]; sum: number; count: number }>();
    this.metrics.set(name, {
      type: 'histogram',
      help,
      lines: () =>
        [...all.values()].flatMap(({ labels, buckets, sum, count }) => [
          ...seconds.map((le, i) => `${name}_bucket${text({ ...labels, le: String(le) })} ${buckets[i]}`),
          `${name}_bucket${text({ ...labels, le: '+Inf' })} ${count}`,
          `${name}_sum${text(labels)} ${sum}`,
          `${name}_count${text(labels)} ${count}`,
        ]),
    });
    return (labels, value) => {
      const key = text(labels);
      let own = all.get(key);
      if (!own) all.set(key, (own = { labels, buckets: seconds.map(() => 0), sum: 0, count: 0 }));
      own.sum += value;
      own.count++;
      for (let i = seconds.length - 1; i >= 0 && value <= seconds[i]!; i--) own.buckets[i]!++;
    };
  }

  /** Values that are looked up when somebody asks. When that fails they are left out, and the answer says so. */
  gauge(name: string, help: string, look: () => readonly Sample[] | Promise<readonly Sample[]>): void {
    this.metrics.set(name, {
      type: 'gauge',
      help,
      lines: async () => (await look()).map(([labels, value]) => `${name}${text(labels)} ${value}`),
    });
  }

  /** All metrics as text. */
  async expose(): Promise<string> {
    let failed = 0;
    const parts: string[] = [];
    for (const [name, { type, help, lines }] of this.metrics) {
      try {
        const found = await lines();
        if (found.length > 0) parts.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...found);
      } catch {
        failed++;
      }
    }
    const own = 'quaywatch_metrics_failed';
    parts.push(
      `# HELP ${own} Metrics that could not be looked up just now.`,
      `# TYPE ${own} gauge`,
      `${own} ${failed}`,
    );
    return `${parts.join('\n')}\n`;
  }
}

function text(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  const quoted = (value: string): string =>
    value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${entries.map(([name, value]) => `${name}="${quoted(value)}"`).join(',')}}`;
}
