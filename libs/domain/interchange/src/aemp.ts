import { toIso, type Instant } from '@quaywatch/kernel';
import type { SpreaderSnapshot } from './snapshot';

/** Namespace of ISO/TS 15143-3 documents as telematics providers send them. */
export const aempNamespace = 'http://standards.iso.org/iso/15143/-3';

/** Equipment on a page of the fleet, by ISO/TS 15143-3. */
export const aempPageSize = 100;

/** A link to another page. */
export interface AempLink {
  readonly rel: 'self' | 'first' | 'prev' | 'next' | 'last';
  readonly href: string;
}

/** One value with its time. */
const timed = <T extends object>(at: Instant | null, value: T): (T & { datetime: string }) | undefined =>
  at === null ? undefined : { datetime: toIso(at), ...value };

/** An `Equipment` element of ISO/TS 15143-3 (AEMP 2.0). What a spreader has not got (fuel, odometer, position) is left out. */
export interface AempEquipment {
  readonly EquipmentHeader: {
    readonly OEMName: string;
    readonly Model: string;
    readonly EquipmentID: string;
    readonly SerialNumber: string;
  };
  readonly CumulativeOperatingHours?: { readonly datetime: string; readonly Hour: number };
  readonly CumulativeLoadCount?: { readonly datetime: string; readonly Count: number };
  readonly CumulativePayloadTotals?: {
    readonly datetime: string;
    readonly PayloadUnits: 'kilogram';
    readonly Payload: number;
  };
  readonly EngineStatus?: { readonly datetime: string; readonly Running: boolean };
}

/** A spreader as equipment of ISO/TS 15143-3: running = its hydraulic pump is, where that is known. */
export function aempEquipment(snapshot: SpreaderSnapshot): AempEquipment {
  const { live, totals } = snapshot;
  const hours = live['op.hours'];
  const pump = live['pump.current'];
  const parts = {
    CumulativeOperatingHours: hours && typeof hours[0] === 'number' ? timed(hours[1], { Hour: hours[0] }) : undefined,
    CumulativeLoadCount: timed(totals.until, { Count: totals.loads }),
    CumulativePayloadTotals: timed(totals.until, {
      PayloadUnits: 'kilogram' as const,
      Payload: Math.round(totals.tonnes * 1000),
    }),
    EngineStatus:
      pump && typeof pump[0] === 'number' ? timed(pump[1], { Running: pump[0] > runningAmperes }) : undefined,
  };
  return {
    EquipmentHeader: {
      OEMName: 'unknown',
      Model: snapshot.model,
      EquipmentID: snapshot.number,
      SerialNumber: snapshot.spreader,
    },
    ...(Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Omit<
      AempEquipment,
      'EquipmentHeader'
    >),
  };
}

/** A pump that draws less stands still: only its electronics are on. */
const runningAmperes = 1;

/** A `FaultCode` of ISO/TS 15143-3. */
export interface AempFault {
  readonly datetime: string;
  readonly CodeIdentifier: string;
  readonly CodeDescription: string;
  readonly CodeSeverity: 'HIGH' | 'MEDIUM' | 'LOW';
  readonly CodeSource: string;
}

/** What needs attention as a fault code. */
export const aempFault = (finding: SpreaderSnapshot['findings'][number]): AempFault => ({
  datetime: toIso(finding.firstSeenAt),
  CodeIdentifier: finding.failureMode,
  CodeDescription: finding.title,
  CodeSeverity: ({ act_now: 'HIGH', plan: 'MEDIUM', watch: 'LOW' } as const)[finding.level],
  CodeSource: finding.component,
});

/** Links of page `page` of `pages`, both from 1. */
export function aempLinks(page: number, pages: number, href: (page: number) => string): AempLink[] {
  const link = (rel: AempLink['rel'], to: number): AempLink => ({ rel, href: href(to) });
  return [
    link('self', page),
    link('first', 1),
    ...(page > 1 ? [link('prev', page - 1)] : []),
    ...(page < pages ? [link('next', page + 1)] : []),
    link('last', Math.max(1, pages)),
  ];
}
