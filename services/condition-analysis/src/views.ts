/** Views that are functions of the log: consumer → its tables. The two consumers write different tables. */
export const views = {
  condition: ['spreader_state', 'spreader_condition', 'move', 'signal_minute', 'finding', 'device_connection'],
  'condition-fleet': ['terminal', 'crane', 'fleet_spreader', 'assignment'],
} as const;
