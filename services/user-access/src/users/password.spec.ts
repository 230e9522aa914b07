import { describe, expect, it } from '@jest/globals';
import { weakness } from './password';

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
  ])('%s: among the commonest', (password) => {
    expect(weakness(password, [])).toEqual(expect.any(String));
  });

  it.each([
    'seven cranes at the quay',
    'a long enough password',
    'green boats in the harbour',
    'xkq7-mmwp-0r3v',
    'grå kranar vid kajen',
  ])('%s: is accepted', (password) => {
    expect(weakness(password, ['Ada Lind', 'ada@example.com'])).toBeUndefined();
  });

  it('built from the person’s own name are not accepted', () => {
    expect(weakness('lindqvist-2026', ['Ada Lindqvist', 'ada@example.com'])).toEqual(expect.any(String));
  });
});
