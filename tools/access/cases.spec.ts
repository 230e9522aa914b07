import { expect, it } from '@jest/globals';
import { allRoutes, cases } from './cases';

it('has a case of the authorisation matrix for every operation of the contract, and none for others', () => {
  expect(Object.keys(cases).sort()).toEqual(allRoutes.map(({ id }) => id).sort());
});
