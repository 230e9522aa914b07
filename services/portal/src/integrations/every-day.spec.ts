import { expect, it } from '@jest/globals';
import { everyDay } from './every-day';

it('shows days without calls as such, also over the end of a month', () => {
  const row = { requests: 10, client_errors: 1, server_errors: 2, throttled: 3 };
  expect(everyDay({ from: '2026-11-29', to: '2026-12-01', by_day: [{ day: '2026-11-30', ...row }] })).toEqual([
    { day: '2026-11-29', requests: 0, refused: 0 },
    { day: '2026-11-30', requests: 10, refused: 6 },
    { day: '2026-12-01', requests: 0, refused: 0 },
  ]);
});
