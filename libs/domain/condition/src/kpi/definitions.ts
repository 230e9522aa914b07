import type { Provenance } from '@quaywatch/contracts';

/** How a figure is defined and counted; shown beside it wherever it is shown. */
export interface KpiDefinition {
  readonly name: string;
  /** Formula. */
  readonly definition: string;
  /** What is counted and what is not. */
  readonly counting: string;
}

const failure =
  'A failure is an unplanned stop caused by the spreader that ends in repair, reset by a technician or change of spreader. Not counted: operator, container, crane, power, planned work, the same cause again within 60 min.';
const band = 'Band: two-sided 90 %, chi-square, constant failure rate. Without failures only "more than" can be said.';
const variants = {
  all: 'All stops: recorded ones, and suspected ones: while a finding is at "act now", no move for more than 3 min and three times the usual pause (median).',
  longer: 'Only stops longer than the chosen minutes; recorded and suspected ones.',
  confirmed: 'Only stops that a technician recorded.',
} as const;

const between = (rule: keyof typeof variants, name: string, definition: string): KpiDefinition => ({
  name: `${name}, ${{ all: 'all stops', longer: 'longer stops', confirmed: 'confirmed by a technician' }[rule]}`,
  definition,
  counting: `${variants[rule]} ${failure} ${band}`,
});

const mmbf = 'Moves in the period divided by failures in the period.';
const mtbf = 'Working hours divided by failures. Working hours: from start to end of moves, 10 min for a move at most.';

/** Definition of every figure, by id (domain.md §3). */
export const kpiDefinitions: Readonly<Record<string, KpiDefinition>> = {
  moves: {
    name: 'Moves',
    definition: 'Completed lifts that displaced a load.',
    counting:
      'Four counters: lock cycles (also empty and aborted), lifts (also of nothing), boxes (twin = 2), TEU (20 ft 1, 30 ft 1.5, 40 ft 2, 45 ft 2.25).',
  },
  'mmbf.all': between('all', 'Mean moves between failures', mmbf),
  'mmbf.longer': between('longer', 'Mean moves between failures', mmbf),
  'mmbf.confirmed': between('confirmed', 'Mean moves between failures', mmbf),
  'mtbf.all': between('all', 'Mean time between failures', mtbf),
  'mtbf.longer': between('longer', 'Mean time between failures', mtbf),
  'mtbf.confirmed': between('confirmed', 'Mean time between failures', mtbf),
  mttr: {
    name: 'Mean time to repair',
    definition: 'Sum of (end of repair − start of failure) divided by failures.',
    counting:
      'Only failures that a technician recorded. Split into response, diagnosis, parts, repair, test where given.',
  },
  availability: {
    name: 'Technical availability',
    definition: '(Planned operating time − unplanned down time caused by the spreader) / planned operating time.',
    counting:
      'Planned operating time: hours under a crane in the period, from the first data on. Down time: failures longer than the chosen minutes. Not known for a shift.',
  },
  moves_per_hour: {
    name: 'Moves per hour',
    definition: 'Net: moves divided by working hours. Gross: moves divided by hours under a crane.',
    counting: 'Measured at the spreader; not the figure of the terminal operating system.',
  },
  cycle_time: {
    name: 'Cycle time',
    definition:
      'Release to release: median and 90 % quantile, and of its parts: unladen, landing to lock command, command to locked, lift to set down, set down to released; laden from locked on.',
    counting: 'Completed moves with load; 10 min at most. Quantiles to within 2.5 %.',
  },
  lock_time: {
    name: 'Lock time',
    definition: 'Command (or landed) to all active twistlocks locked: median and 95 % quantile, also for each corner.',
    counting: 'Every lock cycle in which the times were measured. Quantiles to within 2.5 %.',
  },
  landing_attempts: {
    name: 'Landing attempts per pick',
    definition: 'Landings before a lock succeeded, mean.',
    counting: 'Every lock cycle with a count of landings.',
  },
  landing_impact: {
    name: 'Hard landings',
    definition: 'Landings with a vertical peak of 4 g or more, for 1 000 landings.',
    counting:
      'Classes below 2, 2 to 4, 4 to 6, above 6 g; peak in 500 ms at the landed edge. By crane and shift, never by person.',
  },
  side_impact: {
    name: 'Side impact',
    definition: 'Lateral peak: median and 95 % quantile.',
    counting: 'Every move with a measured peak. Quantiles to within 2.5 %.',
  },
  overload: {
    name: 'Overloads',
    definition: 'Lifts with more than 100 %, 110 %, 125 % of the rated load.',
    counting: 'Rated load by type of spreader. Lifts that were weighed.',
  },
  eccentric: {
    name: 'Eccentric loads',
    definition: 'Lifts with an offset over 10 % (also: over 15 %), for 1 000 lifts.',
    counting: 'The larger of the offsets along and across. Lifts where it was measured.',
  },
  load_spectrum: {
    name: 'Load spectrum factor Kp',
    definition: 'Sum of share × (load / rated load)³ (ISO 4301-1); Q1 to 0.125, Q2 to 0.25, Q3 to 0.5, Q4 to 1.',
    counting: 'Lifts that were weighed; only where all spreaders have the same rated load.',
  },
  energy: {
    name: 'Energy per move',
    definition: 'Electrical energy, mean for a move.',
    counting: 'Moves where it was measured.',
  },
  completeness: {
    name: 'Data completeness',
    definition: 'Moves whose end was received, of all moves.',
    counting: 'A move without release in 30 min is closed as incomplete. Below 90 % a figure is shown in grey.',
  },
  mwt: {
    name: 'Mean waiting time',
    definition: 'Waiting for people (response) and for parts in a repair, mean.',
    counting: 'Failures that a technician recorded with the split of their time.',
  },
  mdt: {
    name: 'Mean down time',
    definition: 'Sum of (end − start) of failures divided by failures.',
    counting: variants.longer,
  },
  'availability.inherent': {
    name: 'Inherent availability',
    definition: 'MTBF / (MTBF + MTTR), both of failures that a technician recorded.',
    counting: 'Working hours between failures; not known without a failure.',
  },
  'availability.contractual': {
    name: 'Contractual availability',
    definition: '(Planned time − down time outside agreed windows) / planned time, both without agreed windows.',
    counting:
      'Agreed windows are stops recorded as planned. Planned time: hours under a crane. Down time: failures longer than the chosen minutes.',
  },
  utilisation: {
    name: 'Utilisation',
    definition: 'Working hours divided by hours under a crane.',
    counting: 'Working hours: from start to end of moves, 10 min for a move at most. Not known for a shift.',
  },
  dwp: {
    name: 'Designed working period used',
    definition:
      'Duty (sum of (load / safe working load)³ over lifts, factor f1 = 1.0 of automatic recording) over the design duty (ISO 12482); the spreader that has used most. Years left at the pace on record, with a 90 % interval.',
    counting:
      'From the start of monitoring to the newest move, whatever the period; lifts that were not weighed count as the mean. Fatigue: rainflow cycles (ASTM E1049) and Miner’s rule.',
  },
  alarm_rate: {
    name: 'Alarms a day',
    definition: 'Findings raised in the period divided by its days (ISA-18.2, EEMUA 191).',
    counting:
      'Flood: more than ten in ten minutes. Chattering: three of one source within a minute. Stale: open for more than a day at the end. Top ten: share of the ten busiest sources.',
  },
  failure_cost: {
    name: 'Cost of failures',
    definition: 'Down hours times the value of a crane hour, in the currency of the terminal.',
    counting:
      'Failures longer than the chosen minutes. Only where the terminal gave the value of a crane hour, the same for all.',
  },
  precision: {
    name: 'Precision of advice',
    definition: 'Findings that technicians confirmed, of those of which they said what it was.',
    counting:
      'Findings first seen in the period; the last verdict counts, another cause is not confirmed. Band: two-sided 90 %, Clopper and Pearson.',
  },
  acceptance: {
    name: 'Acceptance of advice',
    definition:
      'Findings that people took, planned or repaired, of those they did anything with; the rest was turned down.',
    counting: 'Findings first seen in the period, by the last step. Band: two-sided 90 %, Clopper and Pearson.',
  },
  first_fix: {
    name: 'First-fix rate',
    definition:
      'Findings that were reported as repaired, are closed by the data and never opened again, of all reported as repaired.',
    counting: 'Findings first seen in the period. Band: two-sided 90 %, Clopper and Pearson.',
  },
  recurrence: {
    name: 'Recurrence in 30 days',
    definition:
      'Closed findings that were opened again, or whose failure mode was raised anew at the same place within 30 days.',
    counting: 'Findings first seen in the period and closed. Band: two-sided 90 %, Clopper and Pearson.',
  },
  action_time: {
    name: 'Time to action',
    definition: 'From the time a fault was first seen to the first step of people: median and 90 % quantile.',
    counting: 'Findings first seen in the period with a step on record.',
  },
};

const moves = ['moves'];
const stops = ['stops', 'findings'];
/** What figures are made of, where it is not moves alone. */
const inputsOf: Readonly<Record<string, readonly string[]>> = {
  mttr: stops,
  mwt: stops,
  mdt: stops,
  availability: [...stops, 'assignments'],
  'availability.inherent': [...moves, ...stops],
  'availability.contractual': [...stops, 'assignments'],
  utilisation: [...moves, 'assignments'],
  moves_per_hour: [...moves, 'assignments'],
  alarm_rate: ['findings'],
  failure_cost: [...stops, 'crane hour value'],
  dwp: ['use record'],
  precision: ['findings', 'verdicts'],
  acceptance: ['findings', 'progress'],
  first_fix: ['findings', 'progress'],
  recurrence: ['findings'],
  action_time: ['findings', 'progress'],
};

/** Where a figure comes from (ISO 13374): figures are advice to people, the use of the working period is prognosis. */
export const kpiProvenance = (id: string): Provenance => ({
  block: id === 'dwp' ? 'PA' : 'AG',
  algorithm: `kpi/${id}`,
  version: '1',
  inputs: [...(inputsOf[id] ?? (/^(mmbf|mtbf)\./.test(id) ? [...moves, ...stops] : moves))],
});
