import { describe, expect, it } from '@jest/globals';
import { noticeText } from './notice-text';

const about = {
  at: Date.UTC(2026, 10, 1),
  address: '192.0.2.7',
  userAgent: 'Netscape/4.7',
  accountUrl: 'https://x/account',
};

describe('the mail of a notice', () => {
  it('says what happened, when, from where, and what to do', () => {
    const { subject, text } = noticeText({ ...about, kind: 'new_device' });
    expect(subject).toBe('Quaywatch: Sign-in from a new device');
    for (const part of ['2026-11-01T00:00:00.000Z', '192.0.2.7', 'Netscape/4.7', 'https://x/account'])
      expect(text).toContain(part);
  });

  it('keeps what a browser says of itself in one short line', () => {
    const userAgent = `x\r\n\r\nYour account is locked:\u2028 \u202ehttps://evil.example ${'y'.repeat(500)}`;
    const { text } = noticeText({ ...about, kind: 'new_device', userAgent });
    const line = text.split('\n').find((one) => one.startsWith('Its browser'));
    expect(line).toContain('Your account is locked: https://evil.example');
    expect(line?.length).toBeLessThan(240);
    expect(text).not.toMatch(/[\r\u2028\u202e]/);
  });
});
