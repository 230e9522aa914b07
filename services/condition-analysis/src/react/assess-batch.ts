import { events, isEvent, type EventEnvelope, type MoveRecord } from '@quaywatch/contracts';
import {
  addMinutes,
  frameKey,
  freshState,
  noteRepairs,
  take,
  takeBirth,
  timeOfKey,
  workInPlace,
  type LateSettings,
  type MinuteRow,
  type RepairReport,
  type SpreaderState,
  type Statement,
  type WorkIn,
} from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';
import type { EventBatch } from '@quaywatch/runtime';
import { readSettingsAt, type SettingsAt } from '../catalogue/read-catalogue';
import { factOf, healthEvent, moveEvent, movedEvent, withdrawnEvent, type Publication } from './events-of';
import { readOperatorRules, sayByRules, type OperatorRules } from './operator-rules';
import { storeBursts } from './store-bursts';
import { storeDeviceCounts } from './store-device-counts';
import { storeKpiHours } from './store-kpi-hours';
import { stateFrameOf, storeStateFrames, type StateFrame } from './store-state-frames';
import {
  removeMoves,
  storeConditions,
  storeFindings,
  storeMinutes,
  storeMoves,
  storePresence,
  type Presence,
} from './store-rows';
import { Timelines } from './timelines';

/** How long what is kept. */
export interface Keeping {
  readonly late: LateSettings;
  /** States as they changed, ms. */
  readonly stateFrames: number;
}

/** What a batch amounts to, before it is stored. */
interface Work {
  readonly states: Map<string, SpreaderState>;
  readonly minutes: Map<string, Map<string, MinuteRow>>;
  readonly moves: Map<string, { org: string; record: MoveRecord }>;
  /** Moves that late data showed not to be. */
  readonly withdrawn: Map<string, { org: string; record: MoveRecord }>;
  readonly timelines: Timelines;
  readonly statements: { org: string; statement: Statement; cause: EventEnvelope }[];
  readonly publications: Publication[];
  readonly presence: Map<string, Presence>;
  readonly frames: StateFrame[];
  readonly rules: OperatorRules;
  readonly settingsAt: SettingsAt;
  readonly repairs: ReadonlyMap<string, readonly RepairReport[]>;
}

/**
 * Works a batch of telemetry into the views of consumer `condition` and into facts and publications, all in the batch's
 * transaction: states are read once and written once for each spreader. Data of unbound devices have no effect here.
 */
export async function assessBatch(batch: Pick<EventBatch, 'events' | 'tx'>, keeping: Keeping): Promise<void> {
  const { tx } = batch;
  const spreaders = spreadersOf(batch.events);
  const work: Work = {
    states: await readStates(tx, spreaders),
    minutes: new Map(),
    moves: new Map(),
    withdrawn: new Map(),
    timelines: new Timelines(tx),
    statements: [],
    publications: [],
    presence: new Map(),
    frames: [],
    rules: await readOperatorRules(tx, batch.events),
    settingsAt: await readSettingsAt(tx, [...new Set(batch.events.map(({ org }) => org))], spreaders),
    repairs: await readRepairs(tx, spreaders),
  };
  await work.timelines.open([...work.states.keys()]);
  for (const event of batch.events) await workIn(keeping.late, work, event);
  await work.timelines.close();
  await removeMoves(tx, work.withdrawn.keys());
  await storeMoves(tx, work.moves.values());
  await storeKpiHours(tx, [...work.moves.values(), ...work.withdrawn.values()]);
  await storeStateFrames(tx, work.frames, keeping.stateFrames);
  await storeMinutes(tx, work.minutes, work.states);
  await storePresence(tx, work.presence.values());
  await storeDeviceCounts(tx, batch.events);
  await storeBursts(tx, batch.events);
  await say(work, batch);
  await storeFindings(tx, work.statements);
  await storeConditions(tx, work.states.values());
  if (work.publications.length > 0) await tx.publish(work.publications);
}

async function workIn(late: LateSettings, work: Work, event: EventEnvelope): Promise<void> {
  if (isEvent(event, events.samplesReceived)) {
    const { spreader, stream } = event.data;
    if (spreader === null) return;
    const known = stateOf(work, spreader, event.org);
    // Settings and reported repairs hold by the time of the data, so that a rebuild says the same.
    const evaluate: WorkIn = (state, frame) => {
      const at = timeOfKey(frameKey(frame));
      const settings = work.settingsAt(state.org, spreader, at);
      noteRepairs(state, work.repairs.get(spreader) ?? [], at);
      const assessed = take(settings, state, frame);
      const byRules = assessed.accepted ? sayByRules(settings, work.rules, state, assessed) : [];
      return byRules.length > 0 ? { ...assessed, statements: [...assessed.statements, ...byRules] } : assessed;
    };
    const timeline = late.horizon > 0 ? await work.timelines.for(known, event.data) : undefined;
    const worked = timeline
      ? workInPlace(late, evaluate, timeline, known, event.data)
      : { state: known, assessment: evaluate(known, event.data), corrected: null };
    const { assessment: assessed, corrected } = worked;
    work.states.set(spreader, worked.state);
    if (!assessed.accepted) return;
    const minutes = work.minutes.get(spreader) ?? new Map<string, MinuteRow>();
    work.minutes.set(spreader, minutes);
    addMinutes(minutes, stream, assessed.samples);
    addMinutes(minutes, 'live', assessed.derived);
    for (const record of assessed.moves) {
      keepMove(work, event.org, record);
      work.publications.push(moveEvent(event, record));
    }
    for (const record of corrected?.withdrawn ?? []) {
      work.moves.delete(record.move);
      work.withdrawn.set(record.move, { org: event.org, record });
      work.publications.push(withdrawnEvent(event, record));
    }
    for (const record of corrected?.moves ?? []) {
      keepMove(work, event.org, record);
      work.publications.push(movedEvent(event, record));
    }
    for (const statement of [...assessed.statements, ...(corrected?.statements ?? [])])
      work.statements.push({ org: event.org, statement, cause: event });
    const frame = stateFrameOf(event.org, event.data, assessed.samples);
    if (frame) work.frames.push(frame);
    if (assessed.publish)
      work.publications.push(healthEvent(event, spreader, assessed.publish.health, assessed.publish.n));
  } else if (isEvent(event, events.deviceBirthReceived)) {
    if (event.data.spreader === null) return;
    const state = stateOf(work, event.data.spreader, event.org);
    takeBirth(state, event.data.signals);
    state.announced = event.data.signals.slice(0, 500).map(({ signal }) => signal);
  } else if (isEvent(event, events.deviceConnected) || isEvent(event, events.deviceDisconnected)) {
    const { btu, spreader } = event.data;
    work.presence.set(btu, {
      org: event.org,
      btu,
      spreader,
      online: event.type === events.deviceConnected.type,
      at: event.time,
    });
  }
}

function keepMove(work: Work, org: string, record: MoveRecord): void {
  work.withdrawn.delete(record.move);
  work.moves.set(record.move, { org, record });
}

function stateOf(work: Work, spreader: string, org: string): SpreaderState {
  let state = work.states.get(spreader);
  if (!state) work.states.set(spreader, (state = freshState(spreader, org)));
  return state;
}

/** The spreaders that the batch is about. */
export function spreadersOf(batch: readonly EventEnvelope[]): string[] {
  const wanted = new Set<string>();
  for (const event of batch) {
    const spreader = (event.data as { spreader?: unknown }).spreader;
    if (typeof spreader === 'string') wanted.add(spreader);
  }
  return [...wanted];
}

/** Repairs that people reported, by spreader. */
async function readRepairs(
  q: Queryable,
  spreaders: readonly string[],
): Promise<ReadonlyMap<string, readonly RepairReport[]>> {
  const rows = await q.query<{ spreader: string; finding: string; at: number; exchanged: boolean }>(
    'select spreader, finding, at, exchanged from repair_report where spreader = any($1) order by at',
    [spreaders],
  );
  const out = new Map<string, RepairReport[]>();
  for (const { spreader, ...report } of rows) out.set(spreader, [...(out.get(spreader) ?? []), report]);
  return out;
}

/** Snapshots of these spreaders. */
async function readStates(q: Queryable, spreaders: readonly string[]): Promise<Map<string, SpreaderState>> {
  if (spreaders.length === 0) return new Map();
  const rows = await q.query<{ spreader: string; state: string }>(
    'select spreader, state from spreader_state where spreader = any($1)',
    [spreaders],
  );
  return new Map(rows.map((row) => [row.spreader, JSON.parse(row.state) as SpreaderState]));
}

/**
 * Appends the facts. After a rebuild with changed rules a stream may be further on than the state believes: the book
 * of record is right, so the fact goes behind what is there.
 */
async function say(work: Work, { tx }: Pick<EventBatch, 'tx'>): Promise<void> {
  for (const { statement, cause } of work.statements) {
    const { stream, fact } = factOf(statement, cause);
    const outcome = await tx.facts.append(stream, statement.expected, [fact]);
    if (outcome.kind === 'conflict') await tx.facts.append(stream, outcome.revision, [fact]);
  }
}
