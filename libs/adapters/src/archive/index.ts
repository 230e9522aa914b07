export { archivedTopic } from './archive-files';
export { archivedEventLog } from './archived-event-log';
export { compactArchive, type Compacted } from './compact-archive';
export { exportSignal, type SignalQuery, type SignalSeries } from './export-signal';
export { applyRetention, type RemovedFile } from './retention';
export { sealArchive, type Sealed } from './seal-archive';
export { readSegment, segmentsOf, type Segment } from './segments';
