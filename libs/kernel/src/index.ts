export * from './fault';
export * from './ids';
export * from './outcome';
export * from './time';
