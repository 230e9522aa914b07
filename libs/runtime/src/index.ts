export * from './audit';
export * from './consume/on-events';
export * from './http/api';
export type { Logger } from './logger';
export type { Peers } from './peers';
export * from './service-definition';
export * from './tokens';
