const fixed: Readonly<Record<string, string>> = {
  'TEL.DRV': 'Telescope drive',
  'HYD.P': 'Hydraulic pump',
  'HYD.HOSE': 'Hydraulic hoses or seals',
  'HYD.C': 'Oil cooler',
  'HYD.M': 'Pump motor',
  HYD: 'Hydraulics',
  LOD: 'Load measuring',
  ELE: 'Electrics',
  TEL: 'Telescope',
  BTU: 'Telematic unit',
  SPR: 'Spreader',
};

/** The name of a component in words: `TL[3].SL` → "Lock sensor of twistlock 3". Unknown codes stay codes. */
export function componentWords(component: string): string {
  const match = /^(TL|LP|FLP)\[(\d+)\](?:\.(\w+))?$/.exec(component);
  if (!match) return fixed[component] ?? component;
  const [, kind, n, part] = match;
  if (kind === 'LP') return `Landing pin ${n}`;
  if (kind === 'FLP') return `Flipper ${n}`;
  if (part === 'SL') return `Lock sensor of twistlock ${n}`;
  if (part === 'ACT') return `Actuator of twistlock ${n}`;
  return `Twistlock ${n}`;
}

/** The component whose health a finding counts for: parts of a twistlock count for the twistlock. */
export const healthComponent = (component: string): string => /^(TL\[\d+\])\./.exec(component)?.[1] ?? component;
