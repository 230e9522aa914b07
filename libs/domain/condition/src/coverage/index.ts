export { coverageOf, type ModeCoverage } from './coverage';
export { failureModeNeeds } from './needs';
