import { describe, expect, it } from '@jest/globals';
import { aempEquipment, aempFault, aempLinks } from './aemp';
import { craneNodeSet, nodeSetNamespaces } from './crane-node-set';
import { testSnapshot } from './test-snapshot';

describe('ISO/TS 15143-3', () => {
  it('has what a spreader has, each value with its time', () => {
    const datetime = '2025-11-13T02:13:20.000Z';
    expect(aempEquipment(testSnapshot)).toEqual({
      EquipmentHeader: {
        OEMName: 'unknown',
        Model: 'Twin <45> & more',
        EquipmentID: 'SPR-0142',
        SerialNumber: 'spr_1',
      },
      CumulativeOperatingHours: { datetime, Hour: 1234.5 },
      CumulativeLoadCount: { datetime, Count: 7 },
      CumulativePayloadTotals: { datetime, PayloadUnits: 'kilogram', Payload: 151_250 },
      EngineStatus: { datetime, Running: true },
    });
    const silent = { ...testSnapshot, live: {}, totals: { loads: 0, tonnes: 0, until: null } };
    expect(Object.keys(aempEquipment(silent))).toEqual(['EquipmentHeader']);
    expect(aempFault(testSnapshot.findings[0]!)).toMatchObject({ CodeIdentifier: 'FM-02', CodeSeverity: 'MEDIUM' });
  });

  it('links to the pages around', () => {
    const rels = (page: number, pages: number): string[] =>
      aempLinks(page, pages, (n) => `/${n}`).map(({ rel, href }) => `${rel}${href}`);
    expect(rels(1, 1)).toEqual(['self/1', 'first/1', 'last/1']);
    expect(rels(2, 3)).toEqual(['self/2', 'first/1', 'prev/1', 'next/3', 'last/3']);
  });
});

describe('OPC 40020-1', () => {
  const value = (path: string, snapshot = testSnapshot): unknown[] => {
    const found = craneNodeSet(snapshot).Values.find(({ BrowsePath }) => BrowsePath === path);
    return [found?.Value, found?.StatusCode, found?.SourceTimestamp];
  };
  const at = '2025-11-13T02:13:20.000Z';

  it('shows a spreader as a load lifting attachment with its mode', () => {
    expect(value('5:CraneMotionDeviceCategory')).toEqual([3, 0, null]);
    expect(value('5:Operational/5:CraneOperationalMode')).toEqual([3, 0, at]);
    const bypassed = { ...testSnapshot, live: { ...testSnapshot.live, bypass: [true, 5] as const } };
    expect(value('5:Operational/5:CraneOperationalMode', bypassed)[0]).toBe(4);
    expect(value('5:ProtectiveFunctions/1:Bypass/2:ParameterSet/5:Enabled', bypassed)[0]).toBe(false);
  });

  it('never makes a good value of what was not heard', () => {
    const { Values } = craneNodeSet({ ...testSnapshot, live: {}, health: { score: null, at: null } });
    for (const { Value, StatusCode } of Values) expect(StatusCode === 0).toBe(Value !== null);
    expect(Values.filter(({ StatusCode }) => StatusCode === 0x80310000).length).toBeGreaterThan(5);
  });

  it('has ids and types that are there: once each, in a namespace of the list', () => {
    const { Objects, Values, NamespaceUris } = craneNodeSet(testSnapshot);
    expect(NamespaceUris).toEqual(nodeSetNamespaces);
    const ids = [...Objects, ...Values].map(({ NodeId }) => NodeId);
    expect(new Set(ids).size).toBe(ids.length);
    const used = JSON.stringify([Objects, Values]).matchAll(/(?:ns=|["/])(\d):/g);
    for (const [, index] of used) expect(NamespaceUris[Number(index)]).toBeDefined();
    expect(Objects.map(({ TypeDefinition }) => TypeDefinition)).toEqual([
      'ns=5;i=2112',
      'ns=5;i=1392',
      'ns=5;i=1462',
      'ns=5;i=1462',
      'ns=5;i=1462',
    ]);
  });
});
