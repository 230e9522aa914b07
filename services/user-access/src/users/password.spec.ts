import { describe, expect, it } from '@jest/globals';
import { PasswordRules } from './password';

const rules = new PasswordRules({ has: (password) => Promise.resolve(password === 'leaked from some other shop') });
const weakness = rules.weakness.bind(rules);

describe('passwords that are not accepted', () => {
  it.each([
    'passwordpassword',
    'Passw0rdPassw0rd!',
    'QwertyUiop2026!!',
    '1q2w3e4r5t6y',
    'CorrectHorseBatteryStaple1',
    '123456789012',
    '1234567890123',
    '098765432109',
    '246810246810',
    'iloveyou2024!!!!',
    'Sunshine12345!',
    'sonyericsson',
    'leavemealone99',
    'dragondragon!!',
  ])('%s: among the commonest', async (password) => {
    expect(await weakness(password, [])).toEqual(expect.any(String));
  });

  it.each([
    'seven cranes at the quay',
    'a long enough password',
    'green boats in the harbour',
    'xkq7-mmwp-0r3v',
    'grå kranar vid kajen',
  ])('%s: is accepted', async (password) => {
    expect(await weakness(password, ['Ada Lind', 'ada@example.com'])).toBeUndefined();
  });

  it('built from the person’s own name are not accepted', async () => {
    expect(await weakness('lindqvist-2026', ['Ada Lindqvist', 'ada@example.com'])).toEqual(expect.any(String));
  });

  it('on the list of leaked ones is not accepted', async () => {
    expect(await weakness('leaked from some other shop', [])).toMatch(/leaked/);
    expect(await new PasswordRules().weakness('leaked from some other shop', [])).toBeUndefined();
  });
});
