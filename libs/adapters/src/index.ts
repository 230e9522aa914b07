export * from './event-logs';
export * from './stores';
export * from './archive';
export * from './make-folders';
export * from './zstd';
