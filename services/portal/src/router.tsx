import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import type { Level } from './api/queries';
import { sortColumns, type SortColumn } from './fleet/fleet-rows';
import { levelsWorstFirst } from './parts/condition';
import { NotFound } from './shell/not-found';
import { PageFailed } from './shell/page-failed';
import { Shell } from './shell/shell';
import { PageBlank } from './parts/blanks';

type Search = Record<string, unknown>;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
const oneOf = <T extends string>(value: unknown, options: readonly T[]): T | undefined =>
  options.find((option) => option === value);

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageFailed });

/** What the address of Attention says. */
export interface AttentionSearch {
  readonly terminal?: string | undefined;
}

const attentionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: (search: Search): AttentionSearch => ({ terminal: text(search.terminal) }),
  component: lazyRouteComponent(() => import('./attention/attention-page'), 'AttentionPage'),
});

/** What the address of Fleet says. */
export interface FleetSearch {
  readonly find?: string | undefined;
  readonly condition?: Level | undefined;
  readonly terminal?: string | undefined;
  readonly sort?: SortColumn | undefined;
  readonly down?: boolean | undefined;
}

const fleetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/fleet',
  validateSearch: (search: Search): FleetSearch => ({
    find: text(search.find),
    condition: oneOf(search.condition, levelsWorstFirst),
    terminal: text(search.terminal),
    sort: oneOf(search.sort, sortColumns),
    down: search.down === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('./fleet/fleet-page'), 'FleetPage'),
});

/** Ranges of the chart, and their hours. */
export const ranges = { '24h': 24, '7d': 168, '30d': 720 } as const;

/** Name of a range of the chart. */
export type Range = keyof typeof ranges;

/** What the address of a spreader says. */
export interface SpreaderSearch {
  readonly finding?: string | undefined;
  readonly signal?: string | undefined;
  readonly range?: Range | undefined;
}

const spreaderRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/spreaders/$number',
  validateSearch: (search: Search): SpreaderSearch => ({
    finding: text(search.finding),
    signal: text(search.signal),
    range: oneOf(search.range, Object.keys(ranges) as Range[]),
  }),
  component: lazyRouteComponent(() => import('./spreader/spreader-page'), 'SpreaderPage'),
});

/** What the address of Alarms says. */
export interface AlarmsSearch {
  readonly order?: 'newest' | undefined;
  readonly terminal?: string | undefined;
  readonly alarm?: string | undefined;
}

const alarmsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/alarms',
  validateSearch: (search: Search): AlarmsSearch => ({
    order: oneOf(search.order, ['newest'] as const),
    terminal: text(search.terminal),
    alarm: text(search.alarm),
  }),
  component: lazyRouteComponent(() => import('./alarms/alarms-page'), 'AlarmsPage'),
});

const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./account/account-page'), 'AccountPage'),
});
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/account/signed-in',
  component: lazyRouteComponent(() => import('./account/signed-in-page'), 'SignedInPage'),
});
const peopleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security',
  component: lazyRouteComponent(() => import('./security/people-page'), 'PeoplePage'),
});
const personRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security/people/$id',
  component: lazyRouteComponent(() => import('./security/person-page'), 'PersonPage'),
});
const rolesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security/roles',
  component: lazyRouteComponent(() => import('./security/roles-page'), 'RolesPage'),
});
const programsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security/programs',
  component: lazyRouteComponent(() => import('./security/programs-page'), 'ProgramsPage'),
});
const policyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security/policy',
  component: lazyRouteComponent(() => import('./security/policy-page'), 'PolicyPage'),
});

/** Cuts of the figures. */
export const kpiCuts = ['fleet', 'terminal', 'model', 'crane', 'shift'] as const;

/** Days of the figures. */
export const kpiDays = ['30', '90', '365'] as const;

/** What the address of KPIs says. */
export interface KpisSearch {
  readonly by?: (typeof kpiCuts)[number] | undefined;
  readonly days?: (typeof kpiDays)[number] | undefined;
  readonly stop?: string | undefined;
  readonly terminal?: string | undefined;
}

const kpisRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/kpis',
  validateSearch: (search: Search): KpisSearch => ({
    by: oneOf(search.by, kpiCuts),
    days: oneOf(text(search.days), kpiDays),
    stop: oneOf(text(search.stop), ['0', '3', '5', '15', '30']),
    terminal: text(search.terminal),
  }),
  component: lazyRouteComponent(() => import('./kpis/kpis-page'), 'KpisPage'),
});

const routeTree = rootRoute.addChildren([
  attentionRoute,
  fleetRoute,
  spreaderRoute,
  alarmsRoute,
  accountRoute,
  signedInRoute,
  peopleRoute,
  personRoute,
  rolesRoute,
  programsRoute,
  policyRoute,
  kpisRoute,
]);

/** The router of the portal; filters live in the address. */
export const makeRouter = () =>
  createRouter({
    routeTree,
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultPendingComponent: PageBlank,
    defaultPendingMs: 200,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
