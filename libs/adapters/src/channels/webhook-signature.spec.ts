import { describe, expect, it } from '@jest/globals';
import { signWebhook, verifyWebhook } from './webhook-signature';

// Example of the specification (standard-webhooks.com, reference libraries' test vector).
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const timestamp = 1_614_265_330;
const body = '{"test": 2432232314}';
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

describe('webhook signature', () => {
  it('is that of the reference libraries', () => {
    expect(signWebhook(secret, id, timestamp, body)).toBe(signature);
  });

  it('is verified among others, and not when missing or of another kind', () => {
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,AAAA v2,x ${signature}`,
    };
    const check = (changed: object): boolean =>
      verifyWebhook({ secret, headers: { ...headers, ...changed }, body, now: timestamp });
    expect(check({})).toBe(true);
    expect(check({ 'webhook-signature': undefined })).toBe(false);
    expect(check({ 'webhook-signature': signature.replace('v1', 'v1a') })).toBe(false);
    expect(check({ 'webhook-signature': '' })).toBe(false);
    expect(check({ 'webhook-timestamp': 'NaN' })).toBe(false);
    expect(check({ 'webhook-id': ['a', 'b'] })).toBe(false);
  });

  it.each([
    '',
    'whsec_',
    'whsec_AAAA',
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ])('refuses the secret %j', (bad) => {
    expect(() => signWebhook(bad, id, timestamp, body)).toThrow(expect.objectContaining({ code: 'WEBHOOK_SECRET' }));
  });
});
