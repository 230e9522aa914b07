import { ticPoms, ticTenses } from '@quaywatch/contracts';
import type { TicMessage } from './tic-message';

/** A value of the flat form. */
export type TicLeaf = string | number | boolean | null;

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
const poms = new Set(ticPoms);
const tenses = new Set(ticTenses);

/** A point of measurement: its `pom` and `pomt` become steps of the path. */
const isPoint = (value: unknown): value is Tree & { pom: string; pomt: string } =>
  isTree(value) && poms.has(String(value['pom'])) && tenses.has(String(value['pomt']));

/**
 * The flat form of a TIC 4.0 message: path → value, as in `che.1.spreader.1.twistlock.3.locked.status.ioutput.actual.value`.
 * Sub-subjects count from 1; several values of the same point of measurement are told apart by `~2`, `~3` …. Dots,
 * tildes and percent signs inside names are percent-encoded. Empty lists and objects have no flat form.
 */
export function toFlat(message: TicMessage): Record<string, TicLeaf> {
  const flat: Record<string, TicLeaf> = {};
  const walk = (value: unknown, path: readonly string[]): void => {
    if (Array.isArray(value)) {
      const seen = new Map<string, number>();
      const points = value.length > 0 && value.every(isPoint);
      value.forEach((item: unknown, i) => {
        if (!points || !isPoint(item)) return walk(item, [...path, String(i + 1)]);
        const { pom, pomt, ...rest } = item;
        const name = `${pom}.${pomt}`;
        const nth = (seen.get(name) ?? 0) + 1;
        seen.set(name, nth);
        const place = [...path, pom, nth === 1 ? pomt : `${pomt}~${nth}`];
        for (const [key, inner] of Object.entries(rest)) walk(inner, [...place, encode(key)]);
        if (Object.keys(rest).length === 0) set(flat, place.join('.'), null);
      });
    } else if (isTree(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, encode(key)]);
    } else set(flat, path.join('.'), value);
  };
  walk(message, []);
  return flat;
}

/** The nested form of a flat TIC 4.0 message; the reverse of `toFlat`. Paths that contradict each other are refused: RangeError. */
export function toNested(flat: Readonly<Record<string, TicLeaf>>): TicMessage {
  const root: Tree = {};
  for (const [path, value] of Object.entries(flat)) {
    const steps = path.split('.');
    let place: Tree = root;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as string;
      const next = steps[i + 1];
      const last = i === steps.length - 1;
      if (poms.has(step) && next !== undefined && tenses.has(tenseOf(next))) {
        const point = child(place, `${step}.${next}`, path);
        markList(place, 'points');
        i++;
        if (i === steps.length - 1) break;
        place = point;
        continue;
      }
      if (/^[1-9]\d*$/.test(step)) markList(place, 'items');
      if (last) {
        if (Object.hasOwn(place, step)) throw new RangeError(`${path} is there twice`);
        set(place, step, value);
      } else place = child(place, step, path);
    }
  }
  return settle(root) as TicMessage;
}

const listKind = Symbol('list');
type Marked = Tree & { [listKind]?: 'points' | 'items' };

function markList(place: Marked, kind: 'points' | 'items'): void {
  if (place[listKind] !== undefined && place[listKind] !== kind)
    throw new RangeError('a list is of points or of items');
  place[listKind] = kind;
}

const set = (place: Tree, name: string, value: unknown): void =>
  void Object.defineProperty(place, name, { value, enumerable: true, configurable: true, writable: true });

function child(place: Tree, name: string, path: string): Tree {
  if (!Object.hasOwn(place, name)) set(place, name, {});
  const found = place[name];
  if (!isTree(found)) throw new RangeError(`${path} goes below a value`);
  return found;
}

/** Turns marked objects into lists, bottom up, and decodes names. */
function settle(value: unknown): unknown {
  if (!isTree(value)) return value;
  const kind = (value as Marked)[listKind];
  const entries = Object.entries(value);
  if (kind === 'points') {
    return entries.map(([name, rest]) => {
      const [pom = '', tense = ''] = name.split('.');
      return { pom, pomt: tenseOf(tense), ...(settle(rest) as Tree) };
    });
  }
  if (kind === 'items') {
    const sorted = entries.sort(([a], [b]) => Number(a) - Number(b));
    if (sorted.some(([name], i) => Number(name) !== i + 1)) throw new RangeError('a list has a hole');
    return sorted.map(([, inner]) => settle(inner));
  }
  const settled: Tree = {};
  for (const [name, inner] of entries) set(settled, decode(name), settle(inner));
  return settled;
}

const tenseOf = (step: string): string => step.split('~', 1)[0] ?? '';
// A name that is a number or a point of measurement must not be taken for one.
const encode = (name: string): string =>
  /^[1-9]\d*$/.test(name) || poms.has(name)
    ? `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`
    : name.replace(/[.%~]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
const decode = (name: string): string =>
  name.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
