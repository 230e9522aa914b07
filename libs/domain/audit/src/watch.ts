import type { AuditEntry, IncidentLevel } from '@quaywatch/contracts';
import { hours, minutes, type Duration, type Instant } from '@quaywatch/kernel';

/** What makes an incident out of audit entries: so many that fit, about the same, within a time. */
export interface WatchRule {
  readonly id: string;
  readonly title: string;
  readonly level: IncidentLevel;
  /** Entries that make an incident. */
  readonly count: number;
  /** Within which they must come; 0 = each stands alone. */
  readonly within: Duration;
  /** Whom or what an entry is about; null = it does not fit. */
  readonly about: (entry: AuditEntry) => string | null;
}

/** What can be set of a rule. */
export interface WatchLimits {
  readonly level?: IncidentLevel | undefined;
  readonly count?: number | undefined;
  readonly within?: Duration | undefined;
}

const failedSignIn = ({ action, outcome }: AuditEntry): boolean => action === 'sign-in' && outcome === 'failure';
const done = (entry: AuditEntry, ...actions: string[]): boolean =>
  entry.outcome === 'success' && actions.includes(entry.action);
const when = (fits: boolean, about: string | null): string | null => (fits ? about : null);

/** The rules and their limits unless configuration says otherwise. Each explains itself by its title and what it counts. */
export const watchRules: readonly WatchRule[] = [
  {
    id: 'break-glass',
    title: 'Emergency access was used',
    level: 'critical',
    count: 1,
    within: 0,
    about: (entry) => when(done(entry, 'access.break-glass'), entry.target.id),
  },
  {
    id: 'audit-trail-broken',
    title: 'The audit trail does not verify',
    level: 'critical',
    count: 1,
    within: 0,
    about: ({ action, outcome, target }) => when(action === 'audit.verify' && outcome === 'failure', target.id),
  },
  {
    id: 'token-replayed',
    title: 'A code or refresh token was used a second time: somebody has a copy',
    level: 'high',
    count: 1,
    within: 0,
    about: (entry) => when(entry.action === 'token.replay', entry.actor.id),
  },
  {
    id: 'second-factor-off',
    title: 'A second factor is no longer demanded',
    level: 'high',
    count: 1,
    within: 0,
    about: (entry) =>
      when(done(entry, 'access-policy.set') && entry.detail?.['second_factor'] === 'off', entry.actor.id),
  },
  {
    id: 'own-rights',
    title: 'Somebody gave a role to themselves',
    level: 'high',
    count: 1,
    within: 0,
    // Roles that come by other ways (groups, emergency access) say so: those have checks and a rule of their own.
    about: (entry) =>
      when(
        done(entry, 'user.grant-role') && entry.actor.id === entry.target.id && entry.detail?.['by'] === undefined,
        entry.actor.id,
      ),
  },
  {
    id: 'guessing-an-account',
    title: 'Somebody guesses the password or code of an account',
    level: 'medium',
    count: 15,
    within: minutes(15),
    about: (entry) => when(failedSignIn(entry) && entry.target.id !== 'unknown', entry.target.id),
  },
  {
    id: 'guessing-from-an-address',
    title: 'Many sign-ins fail from one address',
    level: 'high',
    count: 30,
    within: minutes(15),
    about: (entry) => when(failedSignIn(entry), entry.address),
  },
  {
    id: 'failing-programs',
    title: 'A program cannot prove itself, again and again',
    level: 'medium',
    count: 20,
    within: minutes(15),
    about: (entry) => when(entry.action === 'token.issue' && entry.outcome !== 'success', entry.target.id),
  },
  {
    id: 'probing',
    title: 'Somebody tries what they may not do',
    level: 'medium',
    count: 30,
    within: minutes(10),
    about: ({ class: kind, outcome, actor }) => when(kind === 'authorisation' && outcome === 'refused', actor.id),
  },
  {
    id: 'factors-forgotten',
    title: 'One person makes the platform forget second factors of several others',
    level: 'high',
    count: 3,
    within: hours(1),
    about: (entry) => when(done(entry, 'factor.reset'), entry.actor.id),
  },
  {
    id: 'many-shut-out',
    title: 'One person shuts many others out',
    level: 'high',
    count: 5,
    within: hours(1),
    about: (entry) => when(done(entry, 'user.disable', 'user.erase'), entry.actor.id),
  },
  {
    id: 'data-taken',
    title: 'One person or program downloads many exports',
    level: 'high',
    count: 10,
    within: hours(1),
    about: (entry) => when(done(entry, 'export.download'), entry.actor.id),
  },
  {
    id: 'device-misbehaves',
    title: 'A device does what it may not, again and again',
    level: 'medium',
    count: 100,
    within: minutes(10),
    about: ({ class: kind, outcome, actor }) => when(kind === 'device' && outcome !== 'success', actor.id),
  },
];

/** What a rule has counted about somebody or something. */
export interface Tally {
  readonly startedAt: Instant;
  readonly count: number;
}

/**
 * Counts one more entry that fits. `due` when the number that makes an incident is reached, and again at twice, four
 * times … that number, so that an attack that goes on is told of without a fact for every entry.
 */
export function tally(
  before: Tally | undefined,
  { count: needed, within }: WatchRule,
  at: Instant,
): Tally & { readonly due: boolean } {
  const goesOn = before !== undefined && within > 0 && at - before.startedAt < within;
  const count = goesOn ? before.count + 1 : 1;
  const times = count / needed;
  return { startedAt: goesOn ? before.startedAt : at, count, due: Number.isInteger(Math.log2(times)) && times >= 1 };
}

/** The rules with the limits of an installation. */
export const rulesWith = (limits: Readonly<Record<string, WatchLimits | undefined>>): WatchRule[] =>
  watchRules.map((rule) => {
    const { level = rule.level, count = rule.count, within = rule.within } = limits[rule.id] ?? {};
    return { ...rule, level, count, within };
  });
