export * from './create';
export * from './facts';
export * from './place';
export * from './timeline';
