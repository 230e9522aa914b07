/** Where a component is on the drawing. */
export type Place =
  | { readonly kind: 'twistlock' | 'pin' | 'flipper'; readonly n: number }
  | { readonly kind: 'telescope' | 'hydraulics' | 'load' | 'electrics' | 'twin' | 'unit' | 'whole' };

const wholes: readonly (readonly [RegExp, Exclude<Place['kind'], 'twistlock' | 'pin' | 'flipper'>])[] = [
  [/^TEL(\.|$)/, 'telescope'],
  [/^STR\.(TB|EB|WP)/, 'telescope'],
  [/^HYD(\.|$)/, 'hydraulics'],
  [/^LOD(\.|$)/, 'load'],
  [/^(ELE|ELD)(\.|\[|$)/, 'electrics'],
  [/^TWN(\.|$)/, 'twin'],
  [/^BTU(\.|$)/, 'unit'],
];

/** The place of a component code (`TL[3].SL`, also `TL3`); what is not on the drawing is the whole spreader. */
export function placeOf(component: string): Place {
  const numbered = /^(TL|LP|FLP)\[?(\d+)\]?/.exec(component);
  if (numbered) {
    const kind = numbered[1] === 'TL' ? 'twistlock' : numbered[1] === 'LP' ? 'pin' : 'flipper';
    return { kind, n: Number(numbered[2]) };
  }
  return { kind: wholes.find(([pattern]) => pattern.test(component))?.[1] ?? 'whole' };
}

/** Words of the interface for a component: a key of the texts and its number. */
export function componentKey(component: string): { key: string; n?: number } {
  const drive = /^ELD\[(\d+)\]$/.exec(component);
  if (drive) return { key: 'drive', n: Number(drive[1]) };
  const place = placeOf(component);
  if (!('n' in place)) return { key: component.replace(/[[\].]+/g, '_') };
  const part = /\.(\w+)$/.exec(component)?.[1];
  return { key: part ? `${place.kind}_${part}` : place.kind, n: place.n };
}
