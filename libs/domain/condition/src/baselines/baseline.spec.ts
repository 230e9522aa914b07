import { describe, expect, it } from '@jest/globals';
import { freshBaseline, learn, matched } from './baseline';

describe('a baseline', () => {
  it('is the median of the first clean observations and then held', () => {
    const state = freshBaseline();
    for (let i = 0; i < 20; i++) learn({ learn: 20 }, state, 100 + (i % 5), null);
    expect(state.learnt?.center).toBe(102);
    for (let i = 0; i < 100; i++) learn({ learn: 20 }, state, 150, null);
    expect(state.learnt?.center).toBe(102);
  });

  it('does not take what is far from what it has while learning', () => {
    const state = freshBaseline();
    for (let i = 0; i < 10; i++) learn({ learn: 20 }, state, 100 + (i % 3), null);
    for (let i = 0; i < 50; i++) learn({ learn: 20 }, state, 400, null);
    expect(state.learning?.values).toHaveLength(10);
  });

  it('matches a value to the learned temperature', () => {
    const state = freshBaseline();
    const at = (temperature: number): number => 1500 - 10 * temperature;
    for (let i = 0; i < 20; i++) learn({ learn: 20, context: 'oilTemp' }, state, at(30 + i), 30 + i);
    expect(matched(state, at(32), 32)).toBeCloseTo(matched(state, at(48), 48) ?? 0, 5);
    expect(matched(state, at(15), 15)).toBeNull();
    expect(matched(state, 1000, null)).toBe(1000);
  });

  it('trusts no slope when the temperature hardly changed', () => {
    const state = freshBaseline();
    for (let i = 0; i < 20; i++) learn({ learn: 20, context: 'oilTemp' }, state, 1000 + (i % 4), 40 + (i % 3));
    expect(state.learnt?.slope).toBe(0);
  });
});
