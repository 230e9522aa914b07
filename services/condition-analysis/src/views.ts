/** Views that are functions of the log: consumer → its tables. The consumers write different tables. */
export const views = {
  condition: [
    'spreader_state',
    'spreader_condition',
    'move',
    'signal_minute',
    'finding',
    'device_connection',
    'kpi_hour',
    'state_frame',
    'kept_frame',
    'state_checkpoint',
  ],
  'condition-fleet': ['terminal', 'crane', 'fleet_spreader', 'assignment'],
  'condition-book': ['stop', 'act_now_period', 'rule_book', 'component_stay', 'book_revision'],
} as const;
