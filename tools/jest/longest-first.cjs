// jest starts with the largest files where it knows no times, as on a new machine; a long test in a small file would
// then run alone at the end, with the other processors idle.
const Sequencer = require('@jest/test-sequencer').default;

/** Files that take a minute or more, longest first. */
const long = [
  'libs/domain/simulator/src/found-by-condition.spec.ts',
  'libs/adapters/src/kafka/kafka-event-log.int.spec.ts',
  'tools/rooms.spec.ts',
  'tools/chaos/late-data.spec.ts',
  'services/platform/test/prepare.int.spec.ts',
  'services/gateway/test/shared-quotas.int.spec.ts',
];
const rank = ({ path }) => {
  const place = long.findIndex((file) => path.endsWith(file));
  return place < 0 ? long.length : place;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
