import { describe, expect, it } from '@jest/globals';
import { Progress } from './progress';

const terminal = (isTTY: boolean): { out: NodeJS.WritableStream; text: () => string } => {
  let text = '';
  const out = { isTTY, write: (part: string) => ((text += part), true) } as unknown as NodeJS.WritableStream;
  return { out, text: () => text };
};

describe('Progress', () => {
  it('shows how far a step has come, its rate and what is left of it', () => {
    const { out, text } = terminal(true);
    const progress = new Progress(out);
    progress.part(1000, 5000);
    // Nothing is known of the rate yet.
    expect(text()).toMatch(/█{4}░{16} 20 %, 0\/s, \s/);
    progress.part(3000, 5000);
    expect(text()).toMatch(/█{12}░{8} 60 %, [1-9]\d*\/s, [1-9]\d* s left/);
    progress.part(5000, 5000);
    expect(text()).toMatch(/█{20} 100 %, [1-9]\d*\/s, 0 s left/);
  });

  it('keeps quiet where nobody looks', () => {
    const { out, text } = terminal(false);
    new Progress(out).part(1, 2);
    expect(text()).toBe('');
  });
});
