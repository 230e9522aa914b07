import { queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/queries';
import { request, type Answer } from '../api/request';

/** A rule of the list. */
export type Rule = Answer<'listRules'>['data'][number];
/** A rule with its history. */
export type RuleDetail = Answer<'getRule'>;
/** What a rule would have raised. */
export type BackTest = Answer<'backTestRule'>;

export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) => allPages<Rule>((cursor) => request('listRules', { query: { limit: 1000, cursor }, signal })),
});

export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: ['rule', id],
    queryFn: ({ signal }) => request('getRule', { path: { id }, signal }),
  });
