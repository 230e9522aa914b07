import type { EventEnvelope } from '../envelope';
import type { DataOf, EventDefinition } from './define-event';
import * as access from './access/access';
import * as alerting from './alerting/alerting';
import { auditRecorded } from './audit/audit';
import * as incidents from './audit/incident';
import * as condition from './condition/condition';
import * as authorities from './devices/certificate-authority';
import * as settings from './condition/settings';
import * as operator from './condition/operator';
import * as commands from './devices/device-command';
import * as devices from './devices/device-identity';
import * as firmware from './devices/firmware';
import * as fleet from './fleet/fleet';
import * as presence from './telemetry/device-presence';
import * as bursts from './telemetry/burst';
import * as deviceCounts from './telemetry/device-counts';
import { samplesReceived } from './telemetry/samples-received';
import { apiUsed } from './usage/api-used';

/** Every event of the platform, one line each. */
export const events = {
  samplesReceived,
  ...presence,
  ...bursts,
  ...deviceCounts,
  ...devices,
  ...authorities,
  ...commands,
  ...firmware,
  ...fleet,
  ...condition,
  ...operator,
  ...settings,
  ...alerting,
  ...access,
  apiUsed,
  ...incidents,
  auditRecorded,
};

/** Event type → definition; throws at load when two events share a type. */
export const eventCatalogue: ReadonlyMap<string, EventDefinition> = catalogue(Object.values(events));

/** True when `event` is of the type that `definition` declares; narrows its data to the latest version. */
export function isEvent<D extends EventDefinition>(
  event: EventEnvelope,
  definition: D,
): event is EventEnvelope<DataOf<D>> {
  return event.type === definition.type;
}

function catalogue(definitions: readonly EventDefinition[]): ReadonlyMap<string, EventDefinition> {
  const byType = new Map<string, EventDefinition>();
  for (const definition of definitions) {
    if (byType.has(definition.type)) throw new Error(`two events are called ${definition.type}`);
    byType.set(definition.type, definition);
  }
  return byType;
}
