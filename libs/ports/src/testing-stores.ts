export * from './view-store/view-store.contract';
export * from './object-store/fake-object-store';
export * from './object-store/object-store.contract';
export * from './secret-store/fake-secret-store';
export * from './secret-store/secret-store.contract';
export * from './clock/clock.contract';
export * from './clock/fake-clock';
