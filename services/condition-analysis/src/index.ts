export { conditionAnalysis } from './service';
