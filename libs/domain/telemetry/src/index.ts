export * from './clock-offset';
export * from './sequence-window';
