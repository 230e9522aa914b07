import { expect, it } from '@jest/globals';
import { certificateLife } from './certificate-life';

const now = Date.UTC(2026, 10, 23, 12);
const hour = 3_600_000;

it.each([
  [-1, { days: -1, urgency: 'ended' }],
  [0, { days: 0, urgency: 'ended' }],
  [hour, { days: 0, urgency: 'day' }],
  [25 * hour, { days: 1, urgency: 'week' }],
  [7 * 24 * hour, { days: 7, urgency: 'month' }],
  [29 * 24 * hour, { days: 29, urgency: 'month' }],
  [30 * 24 * hour, { days: 30, urgency: 'none' }],
])('%d ms before its end', (left, life) =>
  expect(certificateLife(new Date(now + left).toISOString(), now)).toEqual(life),
);
