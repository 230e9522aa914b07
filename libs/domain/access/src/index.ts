export * from './can';
export * from './role-permissions';
export * from './user';
