import { describe, expect, it } from '@jest/globals';
import { isInside, outgoing } from './outgoing';

describe('addresses that partners give', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '192.168.1.1',
    '172.31.0.1',
    '::1',
    'fd00::1',
    '::ffff:10.0.0.1',
  ])('%s is inside', (address) => expect(isInside(address)).toBe(true));
  it.each(['93.184.216.34', '172.32.0.1', '2606:2800:220:1::1'])('%s is outside', (address) =>
    expect(isInside(address)).toBe(false),
  );
  it('nothing is sent inside', async () => {
    for (const url of ['https://127.0.0.1/x', 'https://[::1]/x', 'https://localhost/x'])
      await expect(outgoing(false)(url)).rejects.toMatchObject({ code: 'ADDRESS_INSIDE' });
  });
});
