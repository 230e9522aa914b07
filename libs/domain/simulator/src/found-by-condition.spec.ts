import { describe, expect, it } from '@jest/globals';
import { conditionDefaults, freshState, take } from '@quaywatch/domain/condition';
import { componentOf, simulatedModes, SpreaderSimulator, type SimulatedFault, type SimulatedMode } from './index';

const start = Date.UTC(2026, 10, 21);
const hour = 3_600_000;

/** Findings opened in two days of history of one spreader: `failureMode component`. */
function findings(seed: number, faults: readonly SimulatedFault[]): Set<string> {
  const simulator = new SpreaderSimulator({ seed, startAt: start, faults });
  const state = freshState('spr_t', 'org_t');
  const opened = new Set<string>();
  const seq = { live: 0, event: 0 };
  for (const frame of simulator.history(start + 48 * hour)) {
    const { statements } = take(conditionDefaults, state, {
      btu: 'BTU-T',
      spreader: 'spr_t',
      stream: frame.stream,
      boot: 1,
      seq: ++seq[frame.stream],
      receivedAt: frame.at,
      historical: true,
      clock: 'NTP',
      clockOffset: 0,
      samples: Object.entries(frame.signals).map(([signal, column]) => ({ signal, ...column })),
    });
    for (const statement of statements) {
      if (statement.kind === 'advice-raised')
        opened.add(`${statement.advice.failureMode} ${statement.advice.component}`);
    }
  }
  return opened;
}

const modes = Object.keys(simulatedModes).map((mode, i) => [mode as SimulatedMode, 1 + (i % 4)] as const);

describe('the analysis on two simulated days', () => {
  it.each(modes)('finds %s in its component', (mode, position) => {
    const fault: SimulatedFault = {
      mode,
      position,
      onsetAt: start + 14 * hour,
      fullAt: start + 42 * hour,
      shape: 'linear',
    };
    expect([...findings(5, [fault])]).toContain(`${mode} ${componentOf(fault)}`);
  });

  it.each([21, 22, 23])('says nothing about healthy spreader %i', (seed) => {
    expect([...findings(seed, [])]).toEqual([]);
  });
});
