// Fakes and contract suites of every port; only tests import this.
export {};
