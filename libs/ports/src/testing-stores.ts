export * from './view-store/view-store.contract';
