export * from './alarm';
export * from './cloud-event';
export * from './decide';
export * from './endpoint';
export * from './level';
export * from './notify';
export * from './retry';
export * from './transitions';
