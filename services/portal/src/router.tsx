import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import type { Level } from './api/queries';
import { deviceShows, type DeviceShow } from './devices/device-shows';
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

/** What the address of the replay says: a window, or a time or a finding to be around. */
export interface ReplaySearch {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly at?: string | undefined;
  readonly finding?: string | undefined;
}

const replayRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/spreaders/$number/replay',
  validateSearch: (search: Search): ReplaySearch => ({
    from: text(search.from),
    to: text(search.to),
    at: text(search.at),
    finding: text(search.finding),
  }),
  component: lazyRouteComponent(() => import('./replay/replay-page'), 'ReplayPage'),
});

/** How well a failure mode is seen. */
export const covers = ['seen', 'partly', 'blind', 'no_rule'] as const;

const coverageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/spreaders/$number/coverage',
  validateSearch: (search: Search): { cover?: (typeof covers)[number] | undefined } => ({
    cover: oneOf(search.cover, covers),
  }),
  component: lazyRouteComponent(() => import('./spreader/coverage-page'), 'CoveragePage'),
});
const dataRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/spreaders/$number/data',
  component: lazyRouteComponent(() => import('./spreader/data-page'), 'DataPage'),
});
const partsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/spreaders/$number/parts',
  component: lazyRouteComponent(() => import('./components/parts-page'), 'PartsPage'),
});

/** What the list of components can be narrowed to. */
export const componentShows = ['fitted', 'stored', 'scrapped'] as const;

/** What the address of Components says. */
export interface ComponentsSearch {
  readonly find?: string | undefined;
  readonly show?: (typeof componentShows)[number] | undefined;
}

const componentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/components',
  validateSearch: (search: Search): ComponentsSearch => ({
    find: text(search.find),
    show: oneOf(search.show, componentShows),
  }),
  component: lazyRouteComponent(() => import('./components/components-page'), 'ComponentsPage'),
});
const componentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/components/$serial',
  component: lazyRouteComponent(() => import('./components/component-page'), 'ComponentPage'),
});

/** What the address of Devices says. */
export interface DevicesSearch {
  readonly find?: string | undefined;
  readonly show?: DeviceShow | undefined;
}

const devicesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/devices',
  validateSearch: (search: Search): DevicesSearch => ({
    find: text(search.find),
    show: oneOf(search.show, deviceShows),
  }),
  component: lazyRouteComponent(() => import('./devices/devices-page'), 'DevicesPage'),
});
const deviceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/devices/btu/$btu',
  component: lazyRouteComponent(() => import('./devices/device-page'), 'DevicePage'),
});
const quarantineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/devices/quarantine',
  validateSearch: (search: Search): { btu?: string | undefined } => ({ btu: text(search.btu) }),
  component: lazyRouteComponent(() => import('./devices/quarantine-page'), 'QuarantinePage'),
});
const firmwareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/devices/firmware',
  component: lazyRouteComponent(() => import('./devices/firmware-page'), 'FirmwarePage'),
});
const rolloutRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/devices/firmware/$id',
  component: lazyRouteComponent(() => import('./devices/rollout-page'), 'RolloutPage'),
});
const authoritiesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/devices/authorities',
  component: lazyRouteComponent(() => import('./devices/authorities-page'), 'AuthoritiesPage'),
});

const rulesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/rules',
  component: lazyRouteComponent(() => import('./rules/rules-page'), 'RulesPage'),
});
const newRuleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/rules/new',
  component: lazyRouteComponent(() => import('./rules/new-rule-page'), 'NewRulePage'),
});
/** Where settings can be set. */
export const settingScopes = ['organisation', 'type', 'model', 'terminal', 'spreader'] as const;

/** What the address of the settings says. */
export interface SettingsSearch {
  readonly scope?: (typeof settingScopes)[number] | undefined;
  readonly of?: string | undefined;
  readonly find?: string | undefined;
  readonly changed?: boolean | undefined;
}

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/rules/settings',
  validateSearch: (search: Search): SettingsSearch => ({
    scope: oneOf(search.scope, settingScopes),
    of: text(search.of),
    find: text(search.find),
    changed: search.changed === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('./rules/settings-page'), 'SettingsPage'),
});
const editsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/rules/edits',
  component: lazyRouteComponent(() => import('./rules/edits-page'), 'EditsPage'),
});
const ruleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/rules/rule/$id',
  component: lazyRouteComponent(() => import('./rules/rule-page'), 'RulePage'),
});

const waitingRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security/waiting',
  component: lazyRouteComponent(() => import('./security/waiting-page'), 'WaitingPage'),
});
const reviewsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security/reviews',
  component: lazyRouteComponent(() => import('./security/reviews-page'), 'ReviewsPage'),
});

/** What the address of the audit trail says. */
export interface AuditSearch {
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly actor?: string | undefined;
  /** RFC 3339. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security/audit',
  validateSearch: (search: Search): AuditSearch => ({
    action: text(search.action),
    target: text(search.target),
    actor: text(search.actor),
    from: text(search.from),
    to: text(search.to),
  }),
  component: lazyRouteComponent(() => import('./security/audit-page'), 'AuditPage'),
});

/** States of an incident that a list can be cut down to. */
export const incidentStates = ['open', 'assessed', 'closed'] as const;

const incidentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security/incidents',
  validateSearch: (search: Search): { state?: (typeof incidentStates)[number] | undefined } => ({
    state: oneOf(search.state, incidentStates),
  }),
  component: lazyRouteComponent(() => import('./security/incidents-page'), 'IncidentsPage'),
});
const incidentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security/incidents/$id',
  component: lazyRouteComponent(() => import('./security/incident-page'), 'IncidentPage'),
});

const webhooksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrations',
  component: lazyRouteComponent(() => import('./integrations/webhooks-page'), 'WebhooksPage'),
});
const webhookRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrations/webhooks/$id',
  component: lazyRouteComponent(() => import('./integrations/webhook-page'), 'WebhookPage'),
});
const exportsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrations/exports',
  component: lazyRouteComponent(() => import('./integrations/exports-page'), 'ExportsPage'),
});
/** Days of the usage. */
export const usageDays = ['7', '30', '90'] as const;

const usageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrations/usage',
  validateSearch: (
    search: Search,
  ): { program?: string | undefined; days?: (typeof usageDays)[number] | undefined } => ({
    program: text(search.program),
    days: oneOf(text(search.days), usageDays),
  }),
  component: lazyRouteComponent(() => import('./integrations/usage-page'), 'UsagePage'),
});
const sandboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrations/sandbox',
  component: lazyRouteComponent(() => import('./integrations/sandbox-page'), 'SandboxPage'),
});
const apiRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrations/api',
  component: lazyRouteComponent(() => import('./integrations/api-page'), 'ApiPage'),
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
  replayRoute,
  coverageRoute,
  dataRoute,
  partsRoute,
  componentsRoute,
  componentRoute,
  devicesRoute,
  deviceRoute,
  quarantineRoute,
  firmwareRoute,
  rolloutRoute,
  authoritiesRoute,
  rulesRoute,
  newRuleRoute,
  ruleRoute,
  settingsRoute,
  editsRoute,
  waitingRoute,
  reviewsRoute,
  auditRoute,
  incidentsRoute,
  incidentRoute,
  webhooksRoute,
  webhookRoute,
  exportsRoute,
  apiRoute,
  usageRoute,
  sandboxRoute,
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
