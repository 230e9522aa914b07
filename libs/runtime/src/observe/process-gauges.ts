import type { Metrics } from './metrics';

/** Processor time, memory and start of this process, under the names that Prometheus's own clients use. */
export function processGauges(metrics: Metrics): void {
  metrics.gauge('process_cpu_seconds_total', 'Processor time used.', () => {
    const { user, system } = process.cpuUsage();
    return [[{}, (user + system) / 1e6]];
  });
  metrics.gauge('process_resident_memory_bytes', 'Memory held.', () => [[{}, process.memoryUsage.rss()]]);
  metrics.gauge('process_start_time_seconds', 'When it began, seconds since 1970.', () => [
    [{}, Math.round(performance.timeOrigin / 1000)],
  ]);
}
