export {
  applyRetention,
  archivedTopic,
  exportSignal,
  readSegment,
  sealArchive,
  segmentsOf,
  type RetentionPolicy,
  type Sealed,
  type Segment,
} from './archive';
export { archivedEventLog } from './archived-event-log';
