import type { Crane, Spreader } from '../api/queries';

/** A crane (or a spreader without one) with its place on the plan, in units of the drawing. */
export interface PlanItem {
  readonly id: string;
  readonly name: string;
  readonly spreader: Spreader | null;
  readonly x: number;
  readonly y: number;
}

/** The terminal as a diagram: cranes on the quay, cranes over yard blocks, spreaders without a crane. */
export interface PlanLayout {
  readonly width: number;
  readonly height: number;
  readonly quayY: readonly number[];
  readonly quay: readonly PlanItem[];
  readonly blocks: readonly { readonly x: number; readonly y: number; readonly width: number }[];
  readonly yard: readonly PlanItem[];
  readonly spare: readonly PlanItem[];
}

const quayTypes = new Set(['sts', 'mhc']);
/** Distance between cranes: at least 24 px on the screen, the smallest target of WCAG 2.5.8. */
const pitch = 30;
const quayRow = 110;
const blockHeight = 84;
const perBlock = 4;

const byNumber = new Intl.Collator('en', { numeric: true });

/** Places cranes and spare spreaders on a drawing `width` wide; as many rows as are needed. */
export function planLayout(cranes: readonly Crane[], spreaders: readonly Spreader[], width: number): PlanLayout {
  const byId = new Map(spreaders.map((spreader) => [spreader.id, spreader] as const));
  const byCrane = new Map(spreaders.flatMap((spreader) => (spreader.crane ? [[spreader.crane.id, spreader] as const] : [])));
  const sorted = [...cranes].sort((a, b) => byNumber.compare(a.number, b.number));
  const carried = (crane: Crane): Spreader | null =>
    byCrane.get(crane.id) ?? (crane.spreader_id === null ? null : (byId.get(crane.spreader_id) ?? null));

  const onQuay = sorted.filter(({ type }) => quayTypes.has(type));
  const inYard = sorted.filter(({ type }) => !quayTypes.has(type));
  const columns = Math.max(1, Math.floor((width - 10) / pitch));
  const quayRows = Math.ceil(onQuay.length / columns);
  const perRow = Math.ceil(onQuay.length / Math.max(1, quayRows));
  const quay = onQuay.map((crane, i): PlanItem => {
    const step = (width - 20) / perRow;
    return {
      id: crane.id,
      name: crane.number,
      spreader: carried(crane),
      x: 10 + step * ((i % perRow) + 0.5),
      y: quayRow * Math.floor(i / perRow) + 58,
    };
  });

  let y = quayRows * quayRow + 12;
  const blockWidth = perBlock * pitch;
  const blocksPerRow = Math.max(1, Math.floor((width - 8) / (blockWidth + 10)));
  const blockCount = Math.ceil(inYard.length / perBlock);
  const blockStep = (width - 12) / Math.min(blocksPerRow, Math.max(1, blockCount));
  const wide = Math.min(blockStep - 10, 200);
  const blocks = Array.from({ length: blockCount }, (_, i) => ({
    x: 8 + blockStep * (i % blocksPerRow),
    y: y + Math.floor(i / blocksPerRow) * (blockHeight + 16),
    width: wide,
  }));
  const yard = inYard.map((crane, i): PlanItem => {
    const block = blocks[Math.floor(i / perBlock)] ?? { x: 0, y: 0 };
    return { id: crane.id, name: crane.number, spreader: carried(crane), x: block.x + (wide / perBlock) * ((i % perBlock) + 0.5), y: block.y };
  });
  y += Math.ceil(blockCount / blocksPerRow) * (blockHeight + 16);

  const shown = new Set([...quay, ...yard].flatMap(({ spreader }) => (spreader ? [spreader.id] : [])));
  const without = spreaders.filter(({ id }) => !shown.has(id));
  const spare = without.map((spreader, i): PlanItem => ({
    id: spreader.id,
    name: spreader.number,
    spreader,
    x: 10 + pitch * ((i % columns) + 0.5),
    y: y + 40 + 30 * Math.floor(i / columns),
  }));
  if (without.length > 0) y += 40 + 30 * Math.ceil(without.length / columns);

  return {
    width,
    height: Math.max(y, 60),
    quayY: Array.from({ length: quayRows }, (_, row) => quayRow * row + 58),
    quay,
    blocks,
    yard,
    spare,
  };
}
