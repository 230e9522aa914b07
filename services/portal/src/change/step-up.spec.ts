import { describe, expect, it } from '@jest/globals';
import { ApiFault } from '../api/request';
import { isWaiting, NotConfirmed, settle, withFreshSignIn } from './step-up';

const stale = new ApiFault(403, {
  type: 'about:blank',
  title: 'Not allowed',
  status: 403,
  errors: [{ pointer: '/session', code: 'sign_in_again', detail: '' }],
});
const until = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 100 && !holds(); i++) await Promise.resolve();
};

describe('a change that needs a fresh sign-in', () => {
  it('is made when the person has signed in', async () => {
    let fresh = false;
    const made = withFreshSignIn(async () => {
      if (!fresh) throw stale;
      return 'made';
    });
    await until(isWaiting);
    expect(isWaiting()).toBe(true);
    fresh = true;
    settle(true);
    expect(await made).toBe('made');
    expect(isWaiting()).toBe(false);
  });

  it('is not made when they do not want to', async () => {
    const made = withFreshSignIn(() => Promise.reject(stale));
    await until(isWaiting);
    settle(false);
    await expect(made).rejects.toBeInstanceOf(NotConfirmed);
  });

  it('leaves every other refusal as it is', async () => {
    const refused = new ApiFault(403, { type: 'about:blank', title: 'Not allowed', status: 403 });
    await expect(withFreshSignIn(() => Promise.reject(refused))).rejects.toBe(refused);
    expect(isWaiting()).toBe(false);
  });
});
