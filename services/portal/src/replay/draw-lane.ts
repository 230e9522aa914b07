import { extentOf, segmentsOf, type ReplaySignal } from './replay-lanes';

/** Colours of a lane. */
export interface LaneColours {
  readonly line: string;
  readonly band: string;
  readonly quiet: string;
  readonly text: string;
}

/** A number over time: lowest to highest as a band, mean as a line; nothing where nothing was received. */
export function drawNumbers(
  context: CanvasRenderingContext2D,
  signal: ReplaySignal,
  colours: LaneColours,
  ratio: number,
): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  const extent = extentOf(signal);
  if (!extent) return;
  const [low, high] = extent;
  const air = 3 * ratio;
  const n = signal.mean.length;
  const x = (i: number): number => ((i + 0.5) / n) * width;
  const y = (value: number): number =>
    high === low ? height / 2 : height - air - ((value - low) / (high - low)) * (height - 2 * air);
  context.fillStyle = colours.band;
  const bucket = Math.max(ratio, width / n);
  signal.mean.forEach((value, i) => {
    const [bottom, top] = [signal.min[i] ?? value, signal.max[i] ?? value];
    if (value === null || bottom === null || top === null || bottom === top) return;
    context.fillRect(x(i) - bucket / 2, y(top), bucket, Math.max(ratio, y(bottom) - y(top)));
  });
  context.strokeStyle = colours.line;
  context.fillStyle = colours.line;
  context.lineWidth = 1.4 * ratio;
  context.beginPath();
  let before = -2;
  signal.mean.forEach((value, i) => {
    if (value === null) return;
    // A value alone between gaps is a dot: a line would not show it.
    if (before !== i - 1 && (signal.mean[i + 1] ?? null) === null) {
      context.fillRect(x(i) - 2 * ratio, y(value) - 2 * ratio, 4 * ratio, 4 * ratio);
    } else if (before !== i - 1) context.moveTo(x(i), y(value));
    else context.lineTo(x(i), y(value));
    before = i;
  });
  context.stroke();
}

/** A state over time: on is a full band, off a thin line, words are bands with their word, a change within a bucket is half full. */
export function drawStates(
  context: CanvasRenderingContext2D,
  signal: ReplaySignal,
  colours: LaneColours,
  ratio: number,
): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  const n = signal.mean.length;
  const { words } = signal;
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  for (const { from, to, value, changing } of segmentsOf(signal)) {
    if (value === null) continue;
    const left = (from / n) * width;
    const wide = Math.max(ratio, ((to - from) / n) * width);
    const word = words?.[Math.round(value)];
    const high = changing ? 0.5 : word !== undefined ? 0.62 : value >= 0.5 ? 0.7 : 0.06;
    const tall = Math.max(ratio, high * height);
    context.fillStyle = word !== undefined || changing ? colours.band : value >= 0.5 ? colours.line : colours.quiet;
    context.fillRect(left, (height - tall) / 2, wide, tall);
    if (word === undefined) continue;
    context.fillStyle = colours.text;
    context.fillRect(left, (height - tall) / 2, ratio, tall);
    if (context.measureText(word).width + 8 * ratio < wide) context.fillText(word, left + 4 * ratio, height / 2);
  }
}
