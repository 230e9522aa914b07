import { events, isEvent, type EventEnvelope, type MoveRecord } from '@quaywatch/contracts';
import {
  addMinutes,
  freshState,
  take,
  takeBirth,
  workInPlace,
  type ConditionSettings,
  type LateSettings,
  type MinuteRow,
  type SpreaderState,
  type Statement,
  type WorkIn,
} from '@quaywatch/domain/condition';
import type { Queryable } from '@quaywatch/ports';
import type { EventBatch } from '@quaywatch/runtime';
import { factOf, healthEvent, moveEvent, movedEvent, withdrawnEvent, type Publication } from './events-of';
import { readOperatorRules, sayByRules, type OperatorRules } from './operator-rules';
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
}

/**
 * Works a batch of telemetry into the views of consumer `condition` and into facts and publications, all in the batch's
 * transaction: states are read once and written once for each spreader. Data of unbound devices have no effect here.
 */
export async function assessBatch(
  settings: ConditionSettings,
  batch: Pick<EventBatch, 'events' | 'tx'>,
  keeping: Keeping,
): Promise<void> {
  const { tx } = batch;
  const work: Work = {
    states: await readStates(tx, batch.events),
    minutes: new Map(),
    moves: new Map(),
    withdrawn: new Map(),
    timelines: new Timelines(tx),
    statements: [],
    publications: [],
    presence: new Map(),
    frames: [],
    rules: await readOperatorRules(tx, batch.events),
  };
  await work.timelines.open([...work.states.keys()]);
  for (const event of batch.events) await workIn(settings, keeping.late, work, event);
  await work.timelines.close();
  await removeMoves(tx, work.withdrawn.keys());
  await storeMoves(tx, work.moves.values());
  await storeKpiHours(tx, [...work.moves.values(), ...work.withdrawn.values()]);
  await storeStateFrames(tx, work.frames, keeping.stateFrames);
  await storeMinutes(tx, work.minutes, work.states);
  await storePresence(tx, work.presence.values());
  await say(work, batch);
  await storeFindings(tx, work.statements);
  await storeConditions(tx, work.states.values());
  if (work.publications.length > 0) await tx.publish(work.publications);
}

async function workIn(
  settings: ConditionSettings,
  late: LateSettings,
  work: Work,
  event: EventEnvelope,
): Promise<void> {
  if (isEvent(event, events.samplesReceived)) {
    const { spreader, stream } = event.data;
    if (spreader === null) return;
    const known = stateOf(work, spreader, event.org);
    const evaluate: WorkIn = (state, frame) => {
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

/** Snapshots of the spreaders that the batch is about. */
async function readStates(q: Queryable, batch: readonly EventEnvelope[]): Promise<Map<string, SpreaderState>> {
  const wanted = new Set<string>();
  for (const event of batch) {
    const spreader = (event.data as { spreader?: unknown }).spreader;
    if (typeof spreader === 'string') wanted.add(spreader);
  }
  if (wanted.size === 0) return new Map();
  const rows = await q.query<{ spreader: string; state: string }>(
    'select spreader, state from spreader_state where spreader = any($1)',
    [[...wanted]],
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
