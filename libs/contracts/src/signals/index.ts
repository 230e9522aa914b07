import { driveSignals } from './drives';
import { electricSignals } from './electrics';
import { environmentSignals } from './environment';
import { flipperSignals } from './flipper';
import { hydraulicSignals } from './hydraulics';
import { landingSignals } from './landing';
import { loadSignals } from './load';
import { operationSignals } from './operation';
import { signalFamily, type Signal } from './signal';
import { telescopeSignals } from './telescope';
import { twinSignals } from './twin';
import { twistlockSignals } from './twistlock';

/** Groups of the signal catalogue, in the order of the reference. */
export const signalGroups = {
  twistlock: twistlockSignals,
  landing: landingSignals,
  load: loadSignals,
  telescope: telescopeSignals,
  twin: twinSignals,
  flipper: flipperSignals,
  hydraulics: hydraulicSignals,
  drives: driveSignals,
  electrics: electricSignals,
  operation: operationSignals,
  environment: environmentSignals,
} as const;

/** Name of a group of signals. */
export type SignalGroup = keyof typeof signalGroups;

/** Catalogue id (with `[n]`) → signal. */
export const signalCatalogue: ReadonlyMap<string, Signal> = new Map(
  Object.values(signalGroups).flatMap((group) => group.map((signal) => [signal.id, signal] as const)),
);

const groupOf = new Map<string, SignalGroup>(
  Object.entries(signalGroups).flatMap(([name, group]) =>
    group.map((signal) => [signal.id, name as SignalGroup] as const),
  ),
);

/** The catalogue entry of a concrete signal such as `tl[3].locked`; undefined when it is not in the catalogue. */
export const findSignal = (signal: string): Signal | undefined =>
  signalCatalogue.get(signal) ?? signalCatalogue.get(signalFamily(signal));

/** The group of a concrete signal; undefined when it is not in the catalogue. */
export const signalGroup = (signal: string): SignalGroup | undefined => groupOf.get(signalFamily(signal));
