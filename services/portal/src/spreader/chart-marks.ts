import type uPlot from 'uplot';
import type { SignalChartProps } from './signal-chart';

/** A token's colour as the browser computes it on the element; a canvas cannot read tokens itself. */
export const colourOf = (element: Element, token: string): string => getComputedStyle(element).getPropertyValue(token).trim();

/** Indices of values with a gap on both sides: a line would not show them. */
export function isolated(values: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  const there = (i: number): boolean => i >= 0 && i < values.length && values[i] !== null && values[i] !== undefined;
  for (let i = 0; i < values.length; i++) if (there(i) && !there(i - 1) && !there(i + 1)) found.push(i);
  return found;
}

const tokens = { act_now: '--act', plan: '--plan', watch: '--watch', ok: '--quiet', no_data: '--quiet' } as const;

/** Draws limits as dashed lines with their value, and the time the finding was first seen. */
export function drawMarks(u: uPlot, element: Element, props: SignalChartProps, font: string): void {
  const { ctx, bbox } = u;
  const ratio = bbox.width / (u.over.clientWidth || 1);
  const { limits, firstSeenAt, per, words, valueText } = props;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = font.replace('12px', `${12 * ratio}px`);
  ctx.lineWidth = 1.5 * ratio;
  const mark = (colour: string, draw: () => void): void => {
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    draw();
  };
  for (const { level, value } of limits) {
    const y = u.valToPos(value / per, 'y', true);
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    mark(colourOf(element, tokens[level]), () => {
      ctx.setLineDash([6 * ratio, 4 * ratio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.textAlign = 'left';
      ctx.textBaseline = 'bottom';
      ctx.fillText(`${words.limit} ${valueText(value)}`, bbox.left + 6 * ratio, y - 3 * ratio);
    });
  }
  if (firstSeenAt !== null && firstSeenAt > props.from && firstSeenAt < props.to) {
    const x = u.valToPos(firstSeenAt / 1000, 'x', true);
    mark(colourOf(element, '--muted'), () => {
      ctx.setLineDash([2 * ratio, 3 * ratio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const right = x > bbox.left + bbox.width * 0.8;
      ctx.textAlign = right ? 'right' : 'left';
      ctx.textBaseline = 'top';
      ctx.fillText(words.firstSeen, x + (right ? -5 : 5) * ratio, bbox.top + 4 * ratio);
    });
  }
  ctx.restore();
}
