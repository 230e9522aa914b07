/** How a value of TIC 4.0 and one of ours become each other. */
export type TicReading =
  | { readonly kind: 'state' }
  | { readonly kind: 'tonnes' }
  /** One state of several, of which one is true at a time: ours is this text. */
  | { readonly kind: 'one_of'; readonly value: string };

/** One value of a spreader in TIC 4.0, and the signal of ours that it is. */
export interface TicMapping {
  /** Path below the spreader; `*` = a sub-subject with a position. */
  readonly path: string;
  /** Signal of the catalogue; `[n]` is the position of the sub-subject. */
  readonly signal: string;
  readonly reading: TicReading;
  /** Points of measurement that tell it, best first; the first is what we send. */
  readonly poms: readonly string[];
}

const machine = ['output', 'ioutput', 'internal_out', 'input_or_output', 'input_and_output'];
const sensor = ['ioutput', 'internal_out', 'output', 'input_or_output', 'input_and_output'];
const state: TicReading = { kind: 'state' };
const size = (foot: string): TicMapping => ({
  path: `size${foot}foot.status`,
  signal: 'len.pos',
  reading: { kind: 'one_of', value: foot },
  poms: machine,
});

const everyRelease: readonly TicMapping[] = [
  { path: 'landed.status', signal: 'landed', reading: state, poms: machine },
  { path: 'twin.status', signal: 'twin.mode', reading: state, poms: machine },
  ...['20', '30', '40', '45'].map(size),
];
/** Subjects and concepts by the words of a release. */
const words = (twistlock: string, landpin: string, load: string): readonly TicMapping[] => [
  { path: `${twistlock}.*.locked.status`, signal: 'tl[n].locked', reading: state, poms: sensor },
  { path: `${twistlock}.*.unlocked.status`, signal: 'tl[n].unlocked', reading: state, poms: sensor },
  { path: `${landpin}.*.landed.status`, signal: 'lp[n].seated', reading: state, poms: sensor },
  { path: `${load}.gross`, signal: 'load.total', reading: { kind: 'tonnes' }, poms: machine },
];

const firstWords = words('twistlock', 'landpin', 'weightload');
const laterWords = words('lockingdevice', 'landingpin', 'weight');
const early = [...everyRelease, ...firstWords];
const late = [...early, ...laterWords];

/** Releases of TIC 4.0 (`msg.version`) that we read and write. */
export const ticVersions = ['2022.004', '2022.006', '2023.007', '2023.009', '2024.010'] as const;

/** A release of TIC 4.0. */
export type TicVersion = (typeof ticVersions)[number];

const isLate = (version: TicVersion): boolean => version >= '2023.007';

/** What we understand of a release: later ones kept the words of earlier ones in use, so they know both. */
export const ticReadings: ReadonlyMap<string, readonly TicMapping[]> = new Map(
  ticVersions.map((version) => [version, isLate(version) ? late : early] as const),
);

/** What we write in a release: each value once, in the newest words that it knows. */
export const ticWritings: ReadonlyMap<string, readonly TicMapping[]> = new Map(
  ticVersions.map((version) => [version, [...everyRelease, ...(isLate(version) ? laterWords : firstWords)]] as const),
);

/** Points of measurement (`pom`) of TIC 4.0. */
export const ticPoms =
  'input output iinput ioutput internal_in internal_out input_or_output input_and_output output_and_to output_and_from input_and_to input_and_from'.split(
    ' ',
  );

/** Points of measurement in time (`pomt`) of TIC 4.0. */
export const ticTenses = 'scheduled proposal request planned estimated actual performed historic design'.split(' ');
