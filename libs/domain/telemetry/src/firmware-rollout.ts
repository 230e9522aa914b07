import { events, isEvent, type DataOf, type EventEnvelope, type FirmwareStep } from '@quaywatch/contracts';
import { accept, refuse, type Decision, type Duration, type Instant } from '@quaywatch/kernel';

/** A fact about a roll-out, before it has an id and a time. */
export type RolloutFact =
  | { readonly type: 'rollout-started'; readonly data: DataOf<typeof events.rolloutStarted> }
  | { readonly type: 'rollout-group-opened'; readonly data: DataOf<typeof events.rolloutGroupOpened> }
  | { readonly type: 'rollout-progressed'; readonly data: DataOf<typeof events.rolloutProgressed> }
  | { readonly type: 'rollout-stopped'; readonly data: DataOf<typeof events.rolloutStopped> }
  | { readonly type: 'rollout-completed'; readonly data: DataOf<typeof events.rolloutCompleted> };

/** Where a roll-out stands. */
export type RolloutState = 'running' | 'stopped' | 'completed';

/** A roll-out as its facts tell it; times in ms UTC. */
export interface Rollout extends Omit<DataOf<typeof events.rolloutStarted>, 'by'> {
  readonly org: string;
  readonly state: RolloutState;
  /** Groups that are open. */
  readonly open: number;
  readonly openedAt: Instant;
  /** How far each device is that has said anything. */
  readonly steps: ReadonlyMap<string, { readonly step: FirmwareStep; readonly at: Instant }>;
}

/** Most devices of one roll-out: its facts are read whole at each report. */
export const mostRolloutDevices = 1000;

const bad: ReadonlySet<FirmwareStep> = new Set<FirmwareStep>(['failed', 'rolled_back']);
const ends: ReadonlySet<FirmwareStep> = new Set<FirmwareStep>(['confirmed', ...bad]);

/** The roll-out after a fact; undefined = none yet. Facts of other types change nothing. */
export function evolveRollout(rollout: Rollout | undefined, fact: EventEnvelope): Rollout | undefined {
  if (isEvent(fact, events.rolloutStarted)) {
    const { by: _, ...data } = fact.data;
    return { ...data, org: fact.org, state: 'running', open: 1, openedAt: fact.time, steps: new Map() };
  }
  if (!rollout) return undefined;
  if (isEvent(fact, events.rolloutGroupOpened)) return { ...rollout, open: fact.data.open, openedAt: fact.time };
  if (isEvent(fact, events.rolloutProgressed)) return withStep(rollout, fact.data, fact.time);
  if (isEvent(fact, events.rolloutStopped)) return { ...rollout, state: 'stopped' };
  if (isEvent(fact, events.rolloutCompleted)) return { ...rollout, state: 'completed' };
  return rollout;
}

/** The roll-out from the facts of its stream; undefined when there are none. */
export function rolloutOf(facts: readonly EventEnvelope[]): Rollout | undefined {
  let rollout: Rollout | undefined;
  for (const fact of facts) rollout = evolveRollout(rollout, fact);
  return rollout;
}

/**
 * Starts a roll-out to `devices`, in that order, in groups that end at the given percentages of them (rising, the last
 * one 100). `invalid` when these are not so.
 */
export function startRollout(
  order: Omit<DataOf<typeof events.rolloutStarted>, 'groups' | 'failureLimit'> & {
    readonly devices: readonly string[];
    readonly percentages: readonly number[];
    readonly failurePercent: number;
  },
): Decision<RolloutFact[]> {
  const { devices: given, percentages, failurePercent, ...rest } = order;
  const devices = [...new Set(given)];
  if (devices.length === 0) return refuse('invalid', 'There is no device to roll out to.');
  if (devices.length > mostRolloutDevices)
    return refuse('invalid', `At most ${mostRolloutDevices} devices in one roll-out.`);
  const rising = percentages.every((end, i) => end > (percentages[i - 1] ?? 0) && end <= 100);
  if (!rising || percentages.at(-1) !== 100) return refuse('invalid', 'Groups must rise and end at 100 %.');
  const groups: string[][] = [];
  let from = 0;
  for (const end of percentages) {
    const to = Math.ceil((devices.length * end) / 100);
    if (to > from) groups.push(devices.slice(from, to));
    from = Math.max(from, to);
  }
  return accept([{ type: 'rollout-started', data: { ...rest, groups, failureLimit: failurePercent / 100 } }]);
}

/** True when the device is to have the firmware now, or is under way with it. */
export function isOffered(rollout: Rollout, btu: string): boolean {
  const step = rollout.steps.get(btu)?.step;
  return rollout.state === 'running' && openDevices(rollout).includes(btu) && (step === undefined || !ends.has(step));
}

/** A device tells how far it is; nothing when it has no part in it, or came to its end before. */
export function reportProgress(
  rollout: Rollout | undefined,
  report: DataOf<typeof events.rolloutProgressed>,
  now: Instant,
): RolloutFact[] {
  if (!rollout || !openDevices(rollout).includes(report.btu)) return [];
  const known = rollout.steps.get(report.btu)?.step;
  if (known === report.step || (known !== undefined && ends.has(known))) return [];
  return [{ type: 'rollout-progressed', data: report }, ...consequences(withStep(rollout, report, now), now)];
}

/** What time alone does: devices that install and never say more have failed; groups open after their soak. */
export function tickRollout(rollout: Rollout, now: Instant): RolloutFact[] {
  if (rollout.state !== 'running') return [];
  const facts: RolloutFact[] = [];
  let after = rollout;
  for (const [btu, { step, at }] of rollout.steps) {
    if (step !== 'installing' || at + rollout.confirmFor > now) continue;
    const data = {
      rollout: rollout.rollout,
      btu,
      step: 'failed' as const,
      detail: 'no word since it began to install',
    };
    facts.push({ type: 'rollout-progressed', data });
    after = withStep(after, data, now);
  }
  return [...facts, ...consequences(after, now)];
}

/** Opens the next group at once. `conflict` when there is none, or the roll-out is over. */
export function openNextGroup(rollout: Rollout, by: string): Decision<RolloutFact[]> {
  if (rollout.state !== 'running') return refuse('conflict', `This roll-out is ${rollout.state}.`);
  if (rollout.open >= rollout.groups.length) return refuse('conflict', 'Every group is open.');
  return accept([opened(rollout, by)]);
}

/** Stops a roll-out: nobody else is offered it. `conflict` when it is over. */
export function stopRollout(rollout: Rollout, reason: string, by: string): Decision<RolloutFact[]> {
  if (rollout.state !== 'running') return refuse('conflict', `This roll-out is ${rollout.state}.`);
  return accept([{ type: 'rollout-stopped', data: { rollout: rollout.rollout, reason, by } }]);
}

/** What follows by the rules of a roll-out from how far its devices are. */
function consequences(rollout: Rollout, now: Instant): RolloutFact[] {
  if (rollout.state !== 'running') return [];
  const open = openDevices(rollout);
  const count = (wanted: ReadonlySet<FirmwareStep>): number =>
    open.filter((btu) => wanted.has(rollout.steps.get(btu)?.step ?? 'waiting')).length;
  const failed = count(bad);
  if (failed > rollout.failureLimit * open.length) {
    const percent = Math.round(rollout.failureLimit * 100);
    const reason = `${failed} of ${open.length} devices failed, more than ${percent} %`;
    return [{ type: 'rollout-stopped', data: { rollout: rollout.rollout, reason, by: null } }];
  }
  if (rollout.open === rollout.groups.length)
    return count(ends) === open.length ? [{ type: 'rollout-completed', data: { rollout: rollout.rollout } }] : [];
  const well = count(new Set<FirmwareStep>(['confirmed'])) >= (1 - rollout.failureLimit) * open.length;
  return well && now >= soakedAt(rollout) ? [opened(rollout, null)] : [];
}

const opened = (rollout: Rollout, by: string | null): RolloutFact => ({
  type: 'rollout-group-opened',
  data: { rollout: rollout.rollout, open: rollout.open + 1, by },
});

const soakedAt = ({ openedAt, soakFor }: { openedAt: Instant; soakFor: Duration }): Instant => openedAt + soakFor;

const openDevices = (rollout: Rollout): string[] => rollout.groups.slice(0, rollout.open).flat();

function withStep(rollout: Rollout, { btu, step }: { btu: string; step: FirmwareStep }, at: Instant): Rollout {
  return { ...rollout, steps: new Map(rollout.steps).set(btu, { step, at }) };
}
