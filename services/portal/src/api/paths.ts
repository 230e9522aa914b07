/** The operations this portal calls. A test holds them against the contract; the contract itself (schemas) is not loaded. */
export const apiPaths = {
  me: { method: 'GET', path: '/v1/me' },
  listTerminals: { method: 'GET', path: '/v1/terminals' },
  listCranes: { method: 'GET', path: '/v1/cranes' },
  attention: { method: 'GET', path: '/v1/attention' },
  listSpreaders: { method: 'GET', path: '/v1/spreaders' },
  getSpreader: { method: 'GET', path: '/v1/spreaders/{id}' },
  getSpreaderHealth: { method: 'GET', path: '/v1/spreaders/{id}/health' },
  listMoves: { method: 'GET', path: '/v1/spreaders/{id}/moves' },
  getSeries: { method: 'GET', path: '/v1/spreaders/{id}/series' },
  listFindings: { method: 'GET', path: '/v1/findings' },
  listAlarms: { method: 'GET', path: '/v1/alarms' },
  getKpis: { method: 'GET', path: '/v1/kpis' },
  takeAlarm: { method: 'POST', path: '/v1/alarms/{id}/take' },
} as const;

/** Where the live events come from. */
export const eventStreamPath = '/v1/events/stream';
