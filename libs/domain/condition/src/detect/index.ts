export * from './change-control';
export * from './committee';
export * from './context-surprise';
export * from './course-control';
export * from './detect-defaults';
export * from './joint-control';
export * from './remaining-life';
