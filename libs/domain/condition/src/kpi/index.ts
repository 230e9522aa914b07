export { adviceKpis, type AdviceOutcome } from './advice-kpis';
export { alarmRates, type AlarmRates, type AlarmSpan } from './alarm-rates';
export { betweenFailures, type BetweenFailures } from './between-failures';
export { shareOf, type ShareInterval } from './binomial';
export { addCell, cellOf, emptyCell, type KpiCell } from './cell';
export { chiSquareQuantile } from './chi-square';
export { kpiDefinitions, kpiProvenance, type KpiDefinition } from './definitions';
export { kpisOf, type Kpi, type KpiInput } from './kpis';
export { loadSpectrumFactor, stateOfLoading, type LoadShare } from './load-spectrum';
export { moreKpis, type MoreKpiInput } from './more-kpis';
export { defaultShifts, shiftAt } from './shift';
export {
  failuresOf,
  suspectedStops,
  suspiciousPause,
  withoutRecorded,
  type ActNowPeriod,
  type CountingRule,
  type MoveTime,
  type RepairTimes,
  type Stop,
  type StopCause,
  type StopEnding,
} from './stops';
