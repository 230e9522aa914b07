export * from './passport';
