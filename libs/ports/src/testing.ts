// Fakes and contract suites of every port; only tests import this.
export * from './event-log/event-log.contract';
export * from './event-log/fact-log.contract';
export * from './event-log/fake-event-log';
export * from './event-log/fake-fact-log';
export * from './event-log/wait-until';
export * from './testing-stores';
