export * from './bytes';
export * from './canonical-json';
export * from './chain';
export * from './checkpoint';
export * from './incident';
export * from './signed-note';
export * from './walk';
export * from './watch';
