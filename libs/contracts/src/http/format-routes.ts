import { z } from 'zod';
import { ticVersions } from '../tic40';
import { defineRoute } from './define-route';
import { timeText } from './schemas';

const links = z.array(z.strictObject({ rel: z.enum(['self', 'first', 'prev', 'next', 'last']), href: z.string() }));

const equipment = z.strictObject({
  EquipmentHeader: z.strictObject({
    OEMName: z.string(),
    Model: z.string(),
    EquipmentID: z.string(),
    SerialNumber: z.string(),
  }),
  CumulativeOperatingHours: z.strictObject({ datetime: timeText, Hour: z.number() }).optional(),
  CumulativeLoadCount: z.strictObject({ datetime: timeText, Count: z.int() }).optional(),
  CumulativePayloadTotals: z
    .strictObject({ datetime: timeText, PayloadUnits: z.literal('kilogram'), Payload: z.number() })
    .optional(),
  EngineStatus: z.strictObject({ datetime: timeText, Running: z.boolean() }).optional(),
});

const aempXml = (root: string) => ({
  root,
  namespace: 'http://standards.iso.org/iso/15143/-3',
  attributes: ['datetime', 'version', 'snapshotTime'],
});

/** What we tell in the formats of others: TIC 4.0, ISO/TS 15143-3 (AEMP 2.0), OPC 40020-1. */
export const formatRoutes = {
  getSpreaderTic40: defineRoute({
    id: 'getSpreaderTic40',
    method: 'GET',
    path: '/v1/spreaders/{id}/tic40',
    service: 'condition-analysis',
    permission: 'series.read',
    summary: 'The spreader now as a TIC 4.0 message, nested or flat.',
    query: z.strictObject({
      version: z.enum(ticVersions).default('2024.010'),
      form: z.enum(['nested', 'flat']).default('nested'),
    }),
    response: z.record(z.string(), z.unknown()),
  }),
  getSpreaderNodeSet: defineRoute({
    id: 'getSpreaderNodeSet',
    method: 'GET',
    path: '/v1/spreaders/{id}/node-set',
    service: 'condition-analysis',
    permission: 'series.read',
    summary: 'The spreader now as values of an OPC UA node set (OPC 40020-1, Cranes and Hoists).',
    response: z.strictObject({
      NamespaceUris: z.array(z.string()),
      Objects: z.array(z.strictObject({ NodeId: z.string(), BrowseName: z.string(), TypeDefinition: z.string() })),
      Values: z.array(
        z.strictObject({
          NodeId: z.string(),
          BrowsePath: z.string(),
          Type: z.int(),
          Value: z.union([z.boolean(), z.number(), z.string(), z.null()]),
          StatusCode: z.int(),
          SourceTimestamp: timeText.nullable(),
        }),
      ),
    }),
  }),
  aempFleet: defineRoute({
    id: 'aempFleet',
    method: 'GET',
    path: '/v1/aemp/Fleet/{page}',
    service: 'condition-analysis',
    permission: 'spreaders.read',
    summary: 'A page of the fleet by ISO/TS 15143-3 (AEMP 2.0), 100 spreaders each; JSON or, if asked for, XML.',
    response: z.strictObject({
      version: z.string(),
      snapshotTime: timeText,
      Links: links,
      Equipment: z.array(equipment),
    }),
    xml: aempXml('Fleet'),
  }),
  aempEquipment: defineRoute({
    id: 'aempEquipment',
    method: 'GET',
    path: '/v1/aemp/Fleet/Equipment/{id}',
    service: 'condition-analysis',
    permission: 'spreaders.read',
    summary: 'One spreader by ISO/TS 15143-3 (AEMP 2.0), by id or number; JSON or, if asked for, XML.',
    response: equipment,
    xml: aempXml('Equipment'),
  }),
  aempFaults: defineRoute({
    id: 'aempFaults',
    method: 'GET',
    path: '/v1/aemp/Fleet/Equipment/{id}/Faults/{from}/{to}/{page}',
    service: 'condition-analysis',
    permission: 'findings.read',
    summary: 'Findings of a spreader first seen from one time to another as fault codes of ISO/TS 15143-3, 100 a page.',
    response: z.strictObject({
      Links: links,
      FaultCode: z.array(
        z.strictObject({
          datetime: timeText,
          CodeIdentifier: z.string(),
          CodeDescription: z.string(),
          CodeSeverity: z.enum(['HIGH', 'MEDIUM', 'LOW']),
          CodeSource: z.string(),
        }),
      ),
    }),
    xml: aempXml('FaultCodeMessages'),
  }),
} as const;
