export * from './event-logs';
export * from './stores';
