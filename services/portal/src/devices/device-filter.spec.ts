import { describe, expect, it } from '@jest/globals';
import { filterDevices } from './device-filter';
import type { Device } from './queries';

const now = Date.UTC(2026, 10, 23);
const device = (over: Partial<Device>): Device => ({
  btu: 'BTU-1',
  spreader_id: null,
  state: 'active',
  connection: 'online',
  last_seen_at: null,
  firmware: '1.0.0',
  certificate: { serial: 'aa', not_after: '2027-11-23T00:00:00.000Z' },
  quarantined_frames: 0,
  ...over,
});
const all = [
  device({}),
  device({ btu: 'BTU-2', connection: 'offline', spreader_id: 'spr_2' }),
  device({ btu: 'BTU-3', state: 'pending', certificate: null }),
  device({ btu: 'BTU-4', certificate: { serial: 'bb', not_after: '2026-12-01T00:00:00.000Z' } }),
  device({ btu: 'BTU-5', quarantined_frames: 3, firmware: null }),
];
const shown = (filter: Parameters<typeof filterDevices>[1]): string[] =>
  filterDevices(all, filter, (id) => id.replace('spr_', 'SPR-000'), now).map(({ btu }) => btu.slice(-1));

describe('the list of units', () => {
  it.each([
    [{}, ['1', '2', '3', '4', '5']],
    [{ show: 'silent' }, ['2']],
    [{ show: 'waiting' }, ['3']],
    [{ show: 'expiring' }, ['4']],
    [{ show: 'frames' }, ['5']],
    [{ find: 'btu-3' }, ['3']],
    [{ find: 'spr-0002' }, ['2']],
    [{ find: '1.0' }, ['1', '2', '3', '4']],
    [{ find: '1.0', show: 'frames' }, []],
  ] as const)('%j', (filter, expected) => expect(shown(filter)).toEqual(expected));
});
