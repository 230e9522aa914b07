export * from './can';
export * from './client';
export * from './role-permissions';
export * from './user';
