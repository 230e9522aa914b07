export * from './certificate-authority';
export * from './certificate-standing';
export * from './clock-offset';
export * from './completeness';
export * from './device-command';
export * from './device-identity';
export * from './frame-time';
export * from './sequence-window';
