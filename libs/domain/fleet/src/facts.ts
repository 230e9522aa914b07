import type { DataOf, events } from '@quaywatch/contracts';

/** A fact of the fleet, of the catalogue's latest version. */
export type FleetFact =
  | { readonly type: 'organisation-created'; readonly data: DataOf<typeof events.organisationCreated> }
  | { readonly type: 'terminal-created'; readonly data: DataOf<typeof events.terminalCreated> }
  | { readonly type: 'crane-created'; readonly data: DataOf<typeof events.craneCreated> }
  | { readonly type: 'spreader-created'; readonly data: DataOf<typeof events.spreaderCreated> }
  | { readonly type: 'spreader-assigned'; readonly data: DataOf<typeof events.spreaderAssigned> }
  | { readonly type: 'btu-bound'; readonly data: DataOf<typeof events.btuBound> };

/** The stream of a fact and its ordering key: facts about one thing are one stream, in one partition. */
export function placeOfFact(fact: FleetFact): { readonly stream: string; readonly key: string } {
  switch (fact.type) {
    case 'organisation-created':
      return { stream: `organisation-${fact.data.organisation}`, key: fact.data.organisation };
    case 'terminal-created':
      return { stream: `terminal-${fact.data.terminal}`, key: fact.data.terminal };
    case 'crane-created':
      return { stream: `crane-${fact.data.crane}`, key: fact.data.crane };
    case 'spreader-created':
    case 'spreader-assigned':
      return { stream: `spreader-${fact.data.spreader}`, key: fact.data.spreader };
    case 'btu-bound':
      return { stream: `btu-${fact.data.btu}`, key: fact.data.btu };
  }
}
