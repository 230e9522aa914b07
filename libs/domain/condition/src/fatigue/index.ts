export { lifeOfTwistlock, livesOfUse, yearsLeft, type ComponentLife, type Years } from './component-life';
export { bookOfDays, type WorkBook } from './day-book';
export { dutyGroup, recordingFactor, usedPeriod, utilisationClass, type DesignDuty, type Recording } from './duty';
export { cyclesBorne, minerDamage, type EnduranceCurve } from './miner';
export { addToRainflow, freshRainflow, residue, type LoadCycle, type RainflowState } from './rainflow';
export { fatigueUsed, freshUse, recordUse, useSummary, type UseRecord, type UseSummary } from './use-record';
