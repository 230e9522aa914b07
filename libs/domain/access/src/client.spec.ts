import { describe, expect, it } from '@jest/globals';
import { decideClient, evolveClient, type ClientCommand } from './client';

const register: ClientCommand = {
  kind: 'register',
  client: 'cli_1',
  by: 'usr_1',
  name: 'TOS',
  method: 'client_secret_basic',
  roles: [{ role: 'partner', scope: 'organisation' }],
  redirectUris: [],
  logoutUri: null,
  dpop: false,
  par: false,
  certificateName: null,
  certificateBound: false,
};
const revoke: ClientCommand = { kind: 'revoke', client: 'cli_1', by: 'usr_1' };

describe('program', () => {
  it('is registered once and revoked for good', () => {
    const made = decideClient('unknown', register);
    expect(made).toMatchObject({ ok: true, value: [{ type: 'client-registered', data: { name: 'TOS' } }] });
    expect(decideClient('active', register)).toMatchObject({ ok: false, code: 'conflict' });
    expect(decideClient('active', revoke)).toEqual({
      ok: true,
      value: [{ type: 'client-revoked', data: { client: 'cli_1', by: 'usr_1' } }],
    });
    expect(decideClient('revoked', revoke)).toEqual({ ok: true, value: [] });
    expect(decideClient('unknown', revoke)).toMatchObject({ ok: false, code: 'not_found' });
    const facts = [{ type: 'client-registered' }, { type: 'other' }, { type: 'client-revoked' }];
    expect(facts.map((fact, i) => facts.slice(0, i + 1).reduce(evolveClient, 'unknown'))).toEqual([
      'active',
      'active',
      'revoked',
    ]);
  });
});
