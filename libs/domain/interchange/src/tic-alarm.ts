import type { TicVersion } from '@quaywatch/contracts';
import type { Instant } from '@quaywatch/kernel';
import { ticMessage, type TicEnvelope, type TicMessage } from './tic-message';

/** An alarm as TIC 4.0 needs it; times are ms UTC. */
export interface TicAlarm {
  readonly spreader: string;
  /** What people call the spreader; empty = not known. */
  readonly number: string;
  readonly crane: string | null;
  readonly component: string;
  readonly code: string;
  readonly title: string;
  readonly raisedAt: Instant;
  /** Null while it stands. */
  readonly clearedAt: Instant | null;
}

/** An alarm in TIC 4.0 of a release: an error message of the CHE's health, whose value says whether it stands. Null = a test message with none. */
export function ticAlarmMessage(alarm: TicAlarm | null, version: TicVersion, envelope: TicEnvelope): TicMessage {
  const { spreader = 'test', number = 'test', crane = null } = alarm ?? {};
  const findings = alarm && [
    {
      finding: '',
      component: alarm.component,
      failureMode: alarm.code,
      title: alarm.title,
      level: 'act_now' as const,
      firstSeenAt: alarm.raisedAt,
      updatedAt: alarm.clearedAt ?? alarm.raisedAt,
      active: alarm.clearedAt === null,
    },
  ];
  return ticMessage(
    {
      spreader,
      number: number || spreader,
      model: '',
      crane: crane === null ? null : { id: crane, number: crane },
      online: true,
      lastSeenAt: null,
      live: {},
      findings: findings ?? [],
      totals: { loads: 0, tonnes: 0, until: null },
      health: { score: null, at: null },
    },
    version,
    envelope,
  );
}
