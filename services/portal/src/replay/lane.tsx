import { memo, useEffect, useRef } from 'react';
import { colourOf } from '../spreader/chart-marks';
import { drawNumbers, drawStates } from './draw-lane';
import { laneKind, type ReplaySignal } from './replay-lanes';

/** A signal over the window, drawn once and again when its size or the colours change. The table beside it says its values. */
export const Lane = memo(function Lane(props: { readonly signal: ReplaySignal; readonly scheme: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { signal, scheme } = props;
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const draw = (): void => {
      const ratio = window.devicePixelRatio || 1;
      element.width = Math.round(element.clientWidth * ratio);
      element.height = Math.round(element.clientHeight * ratio);
      const context = element.getContext('2d');
      if (!context || element.width === 0) return;
      const colours = {
        line: colourOf(element, '--accent'),
        band: colourOf(element, '--band'),
        quiet: colourOf(element, '--line'),
        text: colourOf(element, '--muted'),
      };
      (laneKind(signal) === 'state' ? drawStates : drawNumbers)(context, signal, colours, ratio);
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [signal, scheme]);
  return <canvas ref={canvas} aria-hidden="true" />;
});
