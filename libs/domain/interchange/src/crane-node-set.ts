import { toIso } from '@quaywatch/kernel';
import type { SpreaderSnapshot } from './snapshot';

/** Namespaces by index, as in the `NamespaceUris` of a node set. Source: OPC 40020-1 v1.00, Annex A; OPC 10000-100; OPC 40001-1; OPC 40010-1. */
export const nodeSetNamespaces = [
  'http://opcfoundation.org/UA/',
  'urn:quaywatch:spreaders',
  'http://opcfoundation.org/UA/DI/',
  'http://opcfoundation.org/UA/Machinery/',
  'http://opcfoundation.org/UA/Robotics/',
  'http://opcfoundation.org/UA/CranesHoists/',
] as const;

/** Numeric ids of types in OPC 40020-1 v1.00 (namespace `http://opcfoundation.org/UA/CranesHoists/`). */
const types = { CraneMotionDeviceSystemType: 2112, CraneMotionDeviceType: 1392, ProtectiveFunctionType: 1462 } as const;

/** CraneMotionDeviceCategoryEnum: a spreader is a LOAD_LIFTING_ATTACHMENT. */
const loadLiftingAttachment = 3;

/** CraneOperationalModeEnum by our signal `mode`; a bypass that is on wins. */
const modes: Readonly<Record<string, number>> = { manual: 1, auto: 3, service: 5 };
const [bypassOn, otherMode] = [4, 0];

/** A value of a node, as OPC UA JSON encoding has it (OPC 10000-6 §5.4): built-in type, body, status, source time. */
export interface NodeValue {
  readonly NodeId: string;
  readonly BrowsePath: string;
  /** Built-in type: 1 Boolean, 6 Int32, 11 Double, 12 String. */
  readonly Type: 1 | 6 | 11 | 12;
  readonly Value: boolean | number | string | null;
  /** 0 = Good; 0x80310000 = BadWaitingForInitialData, never heard. */
  readonly StatusCode: number;
  readonly SourceTimestamp: string | null;
}

/** The objects and values of one spreader by OPC 40020-1. */
export interface NodeSetValues {
  readonly NamespaceUris: readonly string[];
  readonly Objects: readonly { NodeId: string; BrowseName: string; TypeDefinition: string }[];
  readonly Values: readonly NodeValue[];
}

const good = 0;
const waiting = 0x80310000;

/** Where each value comes from; the mapping to OPC 40020-1 in one place. */
const variables: readonly {
  /** The object that it belongs to: the spreader as a system of its own, or as its motion device. */
  readonly on: 'system' | 'device';
  readonly path: string;
  readonly type: NodeValue['Type'];
  readonly of: (snapshot: SpreaderSnapshot) => readonly [NodeValue['Value'], number | null];
}[] = [
  { on: 'system', path: '5:Operational/5:SystemOn', type: 1, of: (s) => [s.online, s.lastSeenAt] },
  { on: 'system', path: '5:Operational/5:CraneOperationalMode', type: 6, of: modeOf },
  { on: 'device', path: '5:CraneMotionDeviceCategory', type: 6, of: () => [loadLiftingAttachment, null] },
  { on: 'device', path: '2:SerialNumber', type: 12, of: (s) => [s.spreader, null] },
  { on: 'device', path: '2:Model', type: 12, of: (s) => [s.model, null] },
  // Percent of the designed working period (ISO 12482) that is left: nobody has told us, and health is another thing.
  { on: 'device', path: '2:ParameterSet/5:DesignedWorkingPeriod', type: 11, of: () => [null, null] },
  { on: 'device', path: '1:HealthScore', type: 11, of: (s) => [s.health.score, s.health.at] },
  {
    on: 'system',
    path: '5:ProtectiveFunctions/1:Bypass/2:ParameterSet/5:Enabled',
    type: 1,
    of: (s) => negated(live(s, 'bypass')),
  },
  { on: 'system', path: '5:ProtectiveFunctions/1:Snag/2:ParameterSet/5:Active', type: 1, of: (s) => live(s, 'snag') },
  {
    on: 'system',
    path: '5:ProtectiveFunctions/1:EmergencyStop/2:ParameterSet/5:Active',
    type: 1,
    of: (s) => live(s, 'estop'),
  },
  { on: 'device', path: '1:ActualLoad', type: 11, of: (s) => live(s, 'load.total') },
  { on: 'device', path: '1:Landed', type: 1, of: (s) => live(s, 'landed') },
  { on: 'device', path: '1:HydraulicPressure', type: 11, of: (s) => live(s, 'hyd.press') },
  { on: 'device', path: '1:OilTemperature', type: 11, of: (s) => live(s, 'hyd.oilTemp') },
];

type Read = readonly [NodeValue['Value'], number | null];
const live = (snapshot: SpreaderSnapshot, signal: string): Read => snapshot.live[signal] ?? [null, null];
const negated = ([value, at]: Read): Read => [typeof value === 'boolean' ? !value : null, at];

function modeOf(snapshot: SpreaderSnapshot): Read {
  const [bypass, since] = live(snapshot, 'bypass');
  if (bypass === true) return [bypassOn, since];
  const [mode, at] = live(snapshot, 'mode');
  return mode === null ? [null, null] : [modes[String(mode)] ?? otherMode, at];
}

/** A spreader as a motion device of a crane by OPC 40020-1 v1.00, as values for a node set. Never heard = status bad, no value. */
export function craneNodeSet(snapshot: SpreaderSnapshot): NodeSetValues {
  const system = `ns=1;s=${snapshot.spreader}`;
  const device = `${system}/MotionDevices/Spreader`;
  const protective = ['Bypass', 'Snag', 'EmergencyStop'].map((name) => ({
    NodeId: `${system}/ProtectiveFunctions/${name}`,
    BrowseName: `1:${name}`,
    TypeDefinition: `ns=5;i=${types.ProtectiveFunctionType}`,
  }));
  return {
    NamespaceUris: nodeSetNamespaces,
    Objects: [
      {
        NodeId: system,
        BrowseName: `1:${snapshot.number}`,
        TypeDefinition: `ns=5;i=${types.CraneMotionDeviceSystemType}`,
      },
      { NodeId: device, BrowseName: '1:Spreader', TypeDefinition: `ns=5;i=${types.CraneMotionDeviceType}` },
      ...protective,
    ],
    Values: variables.map(({ on, path, type, of }): NodeValue => {
      const [value, at] = of(snapshot);
      return {
        NodeId: `${on === 'system' ? system : device}/${path.replaceAll(/\d+:/g, '')}`,
        BrowsePath: path,
        Type: type,
        Value: value,
        StatusCode: value === null ? waiting : good,
        SourceTimestamp: at === null ? null : toIso(at),
      };
    }),
  };
}
