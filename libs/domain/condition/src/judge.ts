import type { Advice, ConditionLevel, Provenance } from '@quaywatch/contracts';
import { advise, findingId, levelOf } from './advice/advise';
import { causesOf, type Said } from './advice/causes';
import { timeToLimit, type TimeToLimit } from './advice/time-to-limit';
import { judgeGeneric } from './generic/deviation';
import type { ModeStanding } from './health/assess-health';
import { relearn } from './baselines/relearn';
import { rules } from './rules';
import type { Verdict } from './rules/rule';
import { explained } from './rules/weigh';
import { modeOf, type ConditionSettings } from './settings';
import type { ModeState, SpreaderState } from './state';
import { lookUp } from './tracks/track-book';
import { judgeCourses } from './watch/courses';
import { judgeWatch, supporting } from './watch/judge-watch';

/** A failure mode changed its level. */
export interface ConditionChange {
  readonly spreader: string;
  readonly component: string;
  readonly failureMode: string;
  readonly level: ConditionLevel;
  readonly previous: ConditionLevel;
  readonly at: number;
  readonly finding: string;
  readonly reason: string;
  readonly provenance: Provenance;
}

/** Something to say, with the revision its stream must have before. */
export type Statement =
  | { readonly kind: 'condition-changed'; readonly expected: number; readonly change: ConditionChange }
  | { readonly kind: 'advice-raised' | 'advice-updated'; readonly expected: number; readonly advice: Advice }
  | {
      readonly kind: 'advice-closed';
      readonly expected: number;
      readonly finding: string;
      readonly spreader: string;
      readonly at: number;
      readonly reason: string;
    };

/** What judging gave: statements in order, and how each failure mode stands, for health. */
export interface Judgement {
  readonly statements: Statement[];
  readonly standings: ModeStanding[];
}

/**
 * Runs every rule over the indicators as they are at `at` and moves findings on: opened when a failure mode leaves
 * normal, updated when its level or its main value changed, closed when it is normal again. A mode that cannot be
 * judged now (no fresh data) stays as it was. Changes `state`.
 */
export function judge(settings: ConditionSettings, state: SpreaderState, at: number): Judgement {
  const statements: Statement[] = [];
  const standings: ModeStanding[] = [];
  const seen = new Set<string>();
  const look = (id: string): ReturnType<typeof lookUp> => lookUp(settings, state, id);
  const isOpen = (failureMode: string, component: string): boolean =>
    state.modes[`${failureMode} ${component}`]?.open === true;
  const judged = rules.map((rule) => ({ rule, said: rule.judge(look, settings, isOpen) }));
  const all: Said[] = judged.flatMap(({ rule: { failureMode }, said }) =>
    said.map((verdict) => ({ failureMode, verdict })),
  );
  for (const { rule, said: verdicts } of judged) {
    const enabled = modeOf(settings, rule.failureMode)?.enabled !== false;
    for (const judgement of verdicts) {
      const said = enabled ? judgement : explained(judgement);
      const more = said.step > 0 ? supporting(settings, state, said) : [];
      const verdict = more.length > 0 ? { ...said, evidence: [...said.evidence, ...more] } : said;
      const key = `${rule.failureMode} ${verdict.component}`;
      // What is latched stands as it did: it is not in `seen`.
      if (enabled && verdict.step === 0 && isLatched(settings, state.modes[key])) continue;
      seen.add(key);
      standings.push({
        failureMode: rule.failureMode,
        component: verdict.component,
        step: verdict.step,
        severity: verdict.severity,
      });
      settleMode(
        settings,
        state,
        key,
        rule.failureMode,
        verdict,
        at,
        {
          version: rule.version,
          inputs: rule.inputs,
          all,
          ...(enabled ? {} : { reason: 'This failure mode is not looked for any more.' }),
        },
        statements,
      );
    }
  }
  const ofGroups = judgeWatch(settings, state, at);
  const ofCourses = judgeCourses(settings, state, at).filter(
    ({ component }) => !ofGroups.some((one) => one.component === component),
  );
  for (const { verdict, algorithm } of [
    ...ofGroups.map((verdict) => ({ verdict, algorithm: 'joint-control+drift+tail' })),
    ...ofCourses.map((verdict) => ({ verdict, algorithm: 'course-control' })),
  ]) {
    const key = `FM-GEN ${verdict.component}`;
    seen.add(key);
    if (verdict.step > 0) standings.push({ failureMode: 'FM-GEN', ...verdict });
    const about = {
      version: '1',
      inputs: verdict.inputs,
      all,
      algorithm,
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    };
    settleMode(settings, state, key, 'FM-GEN', verdict, at, about, statements);
  }
  const generic = judgeGeneric(settings, state, at);
  if (generic) {
    // One finding for the asset: while it is open it keeps the component it was opened for.
    const component = state.modes['FM-GEN']?.open ? state.modes['FM-GEN'].component : generic.component;
    const verdict = { ...generic, component };
    seen.add('FM-GEN');
    standings.push({ failureMode: 'FM-GEN', component, step: generic.step, severity: generic.severity });
    const about = { version: '1', inputs: Object.keys(state.generic), all, signal: generic.signal };
    settleMode(settings, state, 'FM-GEN', 'FM-GEN', verdict, at, about, statements);
  }
  if (!generic && state.modes['FM-GEN']?.open) {
    // The asset turned out to make moves: what was said of it without knowing that is taken back.
    const { component } = state.modes['FM-GEN'];
    const verdict = { component, step: 0 as const, severity: 0, confidence: 0, since: null, evidence: [] };
    settleMode(settings, state, 'FM-GEN', 'FM-GEN', verdict, at, { version: '1', inputs: [], all }, statements);
  }
  for (const [key, mode] of Object.entries(state.modes)) {
    if (mode.open && !seen.has(key)) standings.push({ ...mode });
  }
  return { statements, standings };
}

interface About {
  readonly version: string;
  readonly inputs: readonly string[];
  /** What all rules say now. */
  readonly all: readonly Said[];
  readonly signal?: string;
  /** Detectors behind it, where that is not the failure mode's rule. */
  readonly algorithm?: string;
  /** Why it ended, where not because the data are normal. */
  readonly reason?: string;
}

function settleMode(
  settings: ConditionSettings,
  state: SpreaderState,
  key: string,
  failureMode: string,
  verdict: Verdict,
  at: number,
  about: About,
  out: Statement[],
): void {
  const before = state.modes[key];
  if (!before && verdict.step === 0) return;
  const mode = before ?? (state.modes[key] = freshMode(failureMode, verdict.component));
  const previous = mode.step;
  const elsewhere = mode.component !== verdict.component;
  mode.component = verdict.component;
  mode.step = verdict.step;
  mode.severity = verdict.severity;
  const opens = verdict.step > 0 && !mode.open;
  const again = opens && comesBack(settings, mode, elsewhere, at);
  if (opens) {
    mode.open = true;
    if (again) mode.reopened = reopened(mode, 'came_back', at);
    else {
      mode.findings += 1;
      mode.firstSeenAt = verdict.since ?? at;
      delete mode.reopened;
    }
    delete mode.closedAt;
  }
  const finding = findingId(state.spreader, mode.component, failureMode, mode.findings);
  let known: TimeToLimit | null | undefined = null;
  /** Worked out when something is said, once. */
  const life = (): TimeToLimit | undefined =>
    known === null ? (known = timeToLimit(settings, state, verdict)) : known;
  const advice = (): Advice =>
    advise(settings, verdict, {
      spreader: state.spreader,
      failureMode,
      finding,
      firstSeenAt: mode.firstSeenAt,
      at,
      ...about,
      causes: causesOf(settings, failureMode, verdict, about.all),
      reopened: mode.reopened ?? { times: 0, because: null, at: null },
      remainingLife: life()?.life ?? null,
    });
  if (verdict.step !== previous) {
    const reason = verdict.evidence[0]?.text ?? about.reason ?? 'The data are back to normal.';
    const change = {
      spreader: state.spreader,
      component: mode.component,
      failureMode,
      level: levelOf(verdict.step),
      previous: levelOf(previous),
      at,
      finding,
      reason,
      provenance: {
        block: 'HA' as const,
        algorithm: `${about.algorithm ?? failureMode.toLowerCase()}@${settings.model}`,
        version: about.version,
        inputs: [...about.inputs],
      },
    };
    out.push({ kind: 'condition-changed', expected: state.conditionRevision++, change });
  }
  if (opens) {
    const expected = again ? mode.said.revision : 0;
    mode.said = saidOf(verdict, at, expected + 1, life());
    out.push({ kind: 'advice-raised', expected, advice: advice() });
  } else if (verdict.step === 0 && mode.open) {
    mode.open = false;
    mode.closedAt = at;
    const normal = mode.repair ? 'The data prove the repair.' : 'The data are back to normal.';
    if (mode.repair?.exchanged && about.reason === undefined) relearn(settings, state, mode.component, about.inputs);
    delete mode.repair;
    const reason = about.reason ?? normal;
    out.push({ kind: 'advice-closed', expected: mode.said.revision++, finding, spreader: state.spreader, at, reason });
  } else if (mode.open && mode.repair && mode.repair.moves >= settings.advice.proofMoves) {
    delete mode.repair;
    mode.reopened = reopened(mode, 'repair_not_proved', at);
    out.push({ kind: 'advice-raised', expected: mode.said.revision, advice: advice() });
    mode.said = saidOf(verdict, at, mode.said.revision + 1, life());
  } else if (mode.open && (verdict.step !== previous || moved(settings, mode, verdict, at))) {
    out.push({ kind: 'advice-updated', expected: mode.said.revision, advice: advice() });
    mode.said = saidOf(verdict, at, mode.said.revision + 1, life());
  }
}

/** What is said, to compare later verdicts with. */
const saidOf = (
  { severity, confidence }: Verdict,
  at: number,
  revision: number,
  life: TimeToLimit | undefined,
): ModeState['said'] => ({
  at,
  severity,
  confidence,
  revision,
  ...(life?.again == null ? {} : { again: life.again }),
});

/** An open finding that only people end, by reporting the work. */
const isLatched = (settings: ConditionSettings, mode: ModeState | undefined): boolean =>
  mode?.open === true && !mode.repair && modeOf(settings, mode.failureMode)?.latching === true;

/** The same fault at the same place, soon after it was normal again: the finding before was closed too early. */
const comesBack = ({ advice }: ConditionSettings, mode: ModeState, elsewhere: boolean, at: number): boolean =>
  !elsewhere && mode.findings > 0 && mode.closedAt !== undefined && at - mode.closedAt <= advice.reopenWithin;

const reopened = (
  { reopened: before }: ModeState,
  because: 'came_back' | 'repair_not_proved',
  at: number,
): NonNullable<ModeState['reopened']> => ({ times: (before?.times ?? 0) + 1, because, at });

const moved = ({ advice }: ConditionSettings, mode: ModeState, verdict: Verdict, at: number): boolean =>
  at - mode.said.at >= advice.updateAfter &&
  (at >= (mode.said.again ?? Infinity) ||
    Math.abs(verdict.severity - mode.said.severity) >= advice.updateChange ||
    Math.abs(verdict.confidence - mode.said.confidence) >= 0.1);

const freshMode = (failureMode: string, component: string): ModeState => ({
  failureMode,
  component,
  step: 0,
  severity: 0,
  findings: 0,
  open: false,
  firstSeenAt: 0,
  said: { at: 0, severity: 0, confidence: 0, revision: 0 },
});
