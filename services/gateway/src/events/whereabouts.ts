import { events, isEvent, type EventEnvelope } from '@quaywatch/contracts';

/** Most alarms remembered; older ones are forgotten (their end is then told to those who see the whole organisation only). */
const mostAlarms = 50_000;

/**
 * At which terminal a spreader is, and which spreader an alarm is about: what the live stream needs to keep each reader
 * to their terminals. In memory, fed with every fact of `fleet` and `alerting` from the start.
 */
export class Whereabouts {
  private readonly craneTerminals = new Map<string, string>();
  private readonly spreaders = new Map<string, { home: string; crane: string | null }>();
  private readonly alarms = new Map<string, string>();

  /** Takes one fact; others are ignored. Keys carry the organisation: ids of one can never lead to things of another. */
  apply(event: EventEnvelope): void {
    const key = (id: string): string => `${event.org} ${id}`;
    if (isEvent(event, events.craneCreated)) this.craneTerminals.set(key(event.data.crane), event.data.terminal);
    if (isEvent(event, events.spreaderCreated))
      this.spreaders.set(key(event.data.spreader), { home: event.data.terminal, crane: null });
    if (isEvent(event, events.spreaderAssigned)) {
      const known = this.spreaders.get(key(event.data.spreader));
      if (known) known.crane = event.data.crane;
    }
    if (isEvent(event, events.alarmRaised)) {
      this.alarms.set(key(event.data.alarm), event.data.spreader);
      const oldest = this.alarms.size > mostAlarms ? this.alarms.keys().next().value : undefined;
      if (oldest !== undefined) this.alarms.delete(oldest);
    }
  }

  /** The terminal of the spreader's crane, else the one it belongs to; null when it is not known. */
  terminalOf(org: string, spreader: string): string | null {
    const known = this.spreaders.get(`${org} ${spreader}`);
    if (!known) return null;
    const crane = known.crane === null ? undefined : this.craneTerminals.get(`${org} ${known.crane}`);
    return crane ?? known.home;
  }

  /** The spreader of an alarm; null when it is not known. */
  spreaderOf(org: string, alarm: string): string | null {
    return this.alarms.get(`${org} ${alarm}`) ?? null;
  }
}
