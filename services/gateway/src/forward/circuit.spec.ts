import { describe, expect, it } from '@jest/globals';
import { Circuit } from './circuit';

describe('circuit breaker', () => {
  const given = (failures: number): Circuit => {
    const circuit = new Circuit({ failures: 3, rest: 1000 });
    for (let i = 0; i < failures; i++) {
      expect(circuit.admit(0)).toBe(true);
      circuit.failed(0);
    }
    return circuit;
  };

  it('stays closed below the limit, and any answer clears what was counted', () => {
    const circuit = given(2);
    expect(circuit.admit(0)).toBe(true);
    circuit.answered();
    circuit.failed(0);
    circuit.failed(0);
    expect(circuit.admit(0)).toBe(true);
  });

  it('opens at the limit, and lets one call through after the rest', () => {
    const circuit = given(3);
    expect([circuit.admit(0), circuit.admit(999)]).toEqual([false, false]);
    expect([circuit.admit(1000), circuit.admit(1000), circuit.admit(5000)]).toEqual([true, false, false]);
    circuit.failed(1500);
    expect([circuit.admit(2000), circuit.admit(2500)]).toEqual([false, true]);
    circuit.answered();
    expect([circuit.admit(2500), circuit.admit(2500)]).toEqual([true, true]);
  });

  it('tries again when the caller of the trial went away', () => {
    const circuit = given(3);
    expect(circuit.admit(1000)).toBe(true);
    circuit.dropped();
    expect(circuit.admit(1000)).toBe(true);
  });
});
