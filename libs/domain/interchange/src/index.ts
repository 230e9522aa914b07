export * from './aemp';
export * from './crane-node-set';
export * from './snapshot';
export * from './tic-alarm';
export * from './tic-flat';
export * from './tic-message';
