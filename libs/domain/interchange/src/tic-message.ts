import { signalAt, signalPosition, ticWritings, type TicMapping, type TicVersion } from '@quaywatch/contracts';
import { toIso, type Instant } from '@quaywatch/kernel';
import type { SpreaderSnapshot } from './snapshot';

/** A TIC 4.0 message in its nested form. */
export type TicMessage = Readonly<Record<string, unknown>>;

/** Who sends, to whom, and the message's own id. */
export interface TicEnvelope {
  readonly id: string;
  readonly sender: string;
  readonly destination: string;
  readonly topic: string;
  readonly at: Instant;
}

type Tree = { [name: string]: unknown };

/** Largest position of a sub-subject. */
const positions = 8;

/**
 * A spreader in TIC 4.0 of a release, nested: `che` → `spreader` → subjects → concepts, each value with its own time,
 * and what needs attention as error messages of the CHE's health. Values that were never heard are left out.
 */
export function ticMessage(snapshot: SpreaderSnapshot, version: TicVersion, envelope: TicEnvelope): TicMessage {
  const spreader: Tree = { id: snapshot.spreader, name: snapshot.number, model: snapshot.model };
  for (const mapping of ticWritings.get(version) ?? []) write(spreader, mapping, snapshot);
  const che: Tree = {
    id: snapshot.crane?.id ?? snapshot.spreader,
    name: snapshot.crane?.number ?? snapshot.number,
    spreader: [spreader],
  };
  if (snapshot.findings.length > 0) {
    che['health'] = [
      {
        errormessage: snapshot.findings.map((finding) => ({
          mcode: finding.failureMode,
          name: finding.component,
          description: finding.title,
          value: finding.active ?? true,
          timestamp: toIso(finding.active === false ? finding.updatedAt : finding.firstSeenAt),
        })),
      },
    ];
  }
  const timestamp = toIso(envelope.at);
  const { id, sender, destination, topic } = envelope;
  return { msg: { id, sender, destination, topic, timestamp, creationtimestamp: timestamp, version }, che: [che] };
}

function write(spreader: Tree, mapping: TicMapping, { live }: SpreaderSnapshot): void {
  const [subject, second, ...rest] = mapping.path.split('.') as [string, string, ...string[]];
  if (second !== '*') return put(spreader, [subject, second, ...rest], mapping, live[mapping.signal]);
  for (let n = 1; n <= positions; n++) {
    const signal = signalAt(mapping.signal, n);
    const value = live[signal];
    if (value === undefined || value[0] === null) continue;
    const parts = (spreader[subject] ??= []) as Tree[];
    let part = parts.find((one) => one['id'] === String(n));
    if (!part) {
      part = {
        id: String(n),
        location: {
          technical: [
            {
              pom: 'output',
              pomt: 'design',
              qualifier: 'spreader',
              value: String(signalPosition(signal)),
              timestamp: toIso(value[1]),
            },
          ],
        },
      };
      parts.push(part);
    }
    put(part, rest, mapping, value);
  }
}

function put(
  place: Tree,
  path: readonly string[],
  { reading, poms }: TicMapping,
  live: SpreaderSnapshot['live'][string] | undefined,
): void {
  if (live === undefined || live[0] === null) return;
  const [given, at] = live;
  let value: unknown;
  if (reading.kind === 'state') value = typeof given === 'boolean' ? given : undefined;
  else if (reading.kind === 'tonnes') value = typeof given === 'number' ? given : undefined;
  else value = given === reading.value;
  if (value === undefined) return;
  let concept = place;
  for (const step of path.slice(0, -1)) concept = (concept[step] ??= {}) as Tree;
  concept[path.at(-1) as string] = [
    {
      pom: poms[0],
      pomt: 'actual',
      value,
      ...(reading.kind === 'tonnes' ? { unit: 't' } : {}),
      timestamp: toIso(at),
    },
  ];
}
