export type { AuditTrail, NewAudit } from './audit';
export { flag, port, readConfig } from './config';
export { noteSentBefore, type Ahead } from './consume/after-restore';
export { dropView } from './consume/replay';
export * from './consume/on-events';
export * from './http/api';
export { pageOfRows, readCursor, type Page } from './http/cursor';
export { callService, headerOf, textOf, type InternalRequest } from './http/call-service';
export { issueInternalCertificates, type InternalCertificate } from './http/internal-certificates';
export { InternalTls, type InternalTlsFiles } from './http/internal-tls';
export {
  ensureInternalKeys,
  internalKeys,
  signInternal,
  verifyInternal,
  type CallerCertificate,
  type InternalCall,
} from './http/internal-token';
export { problemOf, statusOf } from './http/problem-filter';
export { Internal, Open, TokenCall } from './http/routes-open';
export { makeLogger, type Logger } from './logger';
export type { Metrics } from './observe/metrics';
export { METRICS } from './observe/metrics.controller';
export { isPassing } from './passing-fault';
export { publicUrl } from './public-url';
export { makePeers, type Peers } from './peers';
export { startService, type RunningService, type Surroundings } from './run/start-service';
export * from './service-definition';
export * from './tokens';
export {
  adapterConfig,
  chooseAdapters,
  openSecrets,
  openStore,
  prepareDatabase,
  type Adapters,
} from './run/choose-adapters';
export { peerUrls, processConfig, runService } from './run/run-service';
export {
  rebuildBeside,
  viewAsOf,
  type RebuildOptions,
  type RebuildProgress,
  type Rebuilt,
} from './rebuild/rebuild-beside';
export {
  applyRetention,
  archivedEventLog,
  compactArchive,
  exportSignal,
  readSegment,
  sealArchive,
  segmentsOf,
  type RemovedFile,
  type Segment,
} from '@quaywatch/adapters';
export {
  loadZstd,
  makeFolders,
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
  zstd,
  type TableDifference,
} from '@quaywatch/adapters';
