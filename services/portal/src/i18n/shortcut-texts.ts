/** English texts of keyboard shortcuts; loaded with that page only. */
export const shortcutTexts = {
  shortcuts: {
    title: 'Keyboard shortcuts',
    close: 'Close',
    on: 'Single-letter shortcuts are on',
    or: 'then',
    attention: 'Attention',
    fleet: 'Fleet',
    alarms: 'Alarms',
    find: 'Find a spreader',
    next: 'Next row',
    previous: 'Row before',
    open: 'Open the row',
    take: 'Take the alarm of the row',
    help: 'This list',
  },
} as const;
