/** English texts of the page on what a spreader's sensors can see; loaded with that page only. */
export const coverageTexts = {
  coverage: {
    title: 'What the sensors can see',
    load: 'The coverage',
    show: 'Show',
    shows: { all: 'All', seen: 'Seen', partly: 'Partly seen', blind: 'Not seen', no_rule: 'Not judged yet' },
    sum: '{{seen}} of {{all}} failure modes are seen.',
    rest: '{{partly}} are seen partly, {{blind}} not at all.',
    signals_one: '{{count}} signal arrives.',
    signals_other: '{{count}} signals arrive.',
    none: 'No failure mode is of this kind.',
    mode: 'Failure mode',
    cover: 'Covered',
    present: 'Signals that arrive',
    missing: 'Signals that are missing',
  },
} as const;
