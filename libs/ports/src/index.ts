export * from './clock/clock';
export * from './event-log/event-log';
export * from './event-log/fact-log';
export * from './notification-channel/notification-channel';
export * from './object-store/object-store';
export * from './secret-store/secret-store';
export * from './view-store/view-store';
