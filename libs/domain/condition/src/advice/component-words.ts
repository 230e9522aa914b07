const fixed: Readonly<Record<string, string>> = {
  'TEL.DRV': 'Telescope drive',
  'HYD.P': 'Hydraulic pump',
  'HYD.HOSE': 'Hydraulic hoses or seals',
  'HYD.C': 'Oil cooler',
  'HYD.M': 'Pump motor',
  HYD: 'Hydraulics',
  'HYD.V': 'Hydraulic valve',
  'HYD.RV': 'Relief valve',
  'HYD.F': 'Return filter',
  'HYD.OIL': 'Hydraulic oil',
  LOD: 'Load measuring',
  ELE: 'Electrics',
  'ELE.CBL': 'Spreader cable',
  'ELE.CAN': 'CAN bus',
  'ELE.24V': 'Control voltage',
  'ELE.CAB': 'Electric cabinet',
  'ELD.BRK': 'Brake of the electric drive',
  TL: 'Twistlocks',
  BLK: 'Mechanical blockade',
  TWN: 'Twin system',
  'TEL.CH': 'Telescope chain',
  'TEL.POS': 'Position sensor of the telescope',
  STR: 'Structure',
  'STR.WP': 'Slide pads',
  OPS: 'Operation',
  'OPS.LOAD': 'Operation',
  'OPS.BYPASS': 'Interlock',
  TEL: 'Telescope',
  BTU: 'Telematic unit',
  SPR: 'Spreader',
};

/** The name of a component in words: `TL[3].SL` → "Lock sensor of twistlock 3". Unknown codes stay codes. */
export function componentWords(component: string): string {
  const match = /^(TL|LP|FLP|ELD)\[(\d+)\](?:\.(\w+))?$/.exec(component);
  if (!match) return fixed[component] ?? component;
  const [, kind, n, part] = match;
  if (kind === 'LP') return `Landing pin ${n}`;
  if (kind === 'FLP') return `Flipper ${n}`;
  if (kind === 'ELD') return `Electric drive ${n}`;
  if (part === 'SL') return `Lock sensor of twistlock ${n}`;
  if (part === 'ACT') return `Actuator of twistlock ${n}`;
  if (part === 'PIN') return `Pin of twistlock ${n}`;
  if (part === 'NUT') return `Nut of twistlock ${n}`;
  return `Twistlock ${n}`;
}

/** The component whose health a finding counts for: parts of a twistlock count for the twistlock. */
export const healthComponent = (component: string): string => /^(TL\[\d+\])\./.exec(component)?.[1] ?? component;
