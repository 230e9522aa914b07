/** What can be made to happen to the simulated spreaders of the sandbox. */
export const sandboxScenarios = {
  fault: {
    title: 'A fault, now',
    effect:
      'A twistlock of one spreader locks slowly from now on. Within its next moves a finding and an alarm of level act_now or plan.',
  },
  offline: {
    title: 'A device falls silent',
    effect:
      'The unit of one spreader loses its connection for five minutes, then comes back and sends what it has stored.',
  },
  alarm_flood: {
    title: 'A flood of alarms',
    effect: 'Twelve units report alarms of their own within seconds, then that they are over after two minutes.',
  },
  firmware: {
    title: 'New firmware',
    effect: 'The unit of one spreader starts again with the next firmware and says so.',
  },
  clean: {
    title: 'All well again',
    effect: 'Faults that scenarios brought end, and every unit is connected. Findings close when the data prove it.',
  },
} as const;

/** Name of a scenario of the sandbox. */
export type SandboxScenario = keyof typeof sandboxScenarios;

/** All names. */
export const sandboxScenarioNames = Object.keys(sandboxScenarios) as [SandboxScenario, ...SandboxScenario[]];
