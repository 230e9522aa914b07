import type { Advice, ConditionLevel } from '@quaywatch/contracts';
import { advise, findingId, levelOf } from './advice/advise';
import { judgeGeneric } from './generic/deviation';
import type { ModeStanding } from './health/assess-health';
import { rules } from './rules';
import type { Verdict } from './rules/rule';
import type { ConditionSettings } from './settings';
import type { ModeState, SpreaderState } from './state';
import { lookUp } from './tracks/track-book';
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
  for (const rule of rules) {
    for (const said of rule.judge(look, settings)) {
      const more = said.step > 0 ? supporting(settings, state, said) : [];
      const verdict = more.length > 0 ? { ...said, evidence: [...said.evidence, ...more] } : said;
      const key = `${rule.failureMode} ${verdict.component}`;
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
        { version: rule.version, inputs: rule.inputs },
        statements,
      );
    }
  }
  for (const verdict of judgeWatch(settings, state, at)) {
    const key = `FM-GEN ${verdict.component}`;
    seen.add(key);
    if (verdict.step > 0) standings.push({ failureMode: 'FM-GEN', ...verdict });
    const about = {
      version: '1',
      inputs: verdict.inputs,
      algorithm: 'joint-control+drift+tail',
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    };
    settleMode(settings, state, key, 'FM-GEN', verdict, at, about, statements);
  }
  const generic = judgeGeneric(settings, state);
  if (generic) {
    // One finding for the asset: while it is open it keeps the component it was opened for.
    const component = state.modes['FM-GEN']?.open ? state.modes['FM-GEN'].component : generic.component;
    const verdict = { ...generic, component };
    seen.add('FM-GEN');
    standings.push({ failureMode: 'FM-GEN', component, step: generic.step, severity: generic.severity });
    const about = { version: '1', inputs: Object.keys(state.generic), signal: generic.signal };
    settleMode(settings, state, 'FM-GEN', 'FM-GEN', verdict, at, about, statements);
  }
  if (!generic && state.modes['FM-GEN']?.open) {
    // The asset turned out to make moves: what was said of it without knowing that is taken back.
    const { component } = state.modes['FM-GEN'];
    const verdict = { component, step: 0 as const, severity: 0, confidence: 0, since: null, evidence: [] };
    settleMode(settings, state, 'FM-GEN', 'FM-GEN', verdict, at, { version: '1', inputs: [] }, statements);
  }
  for (const [key, mode] of Object.entries(state.modes)) {
    if (mode.open && !seen.has(key)) standings.push({ ...mode });
  }
  return { statements, standings };
}

interface About {
  readonly version: string;
  readonly inputs: readonly string[];
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
  const known = state.modes[key];
  if (!known && verdict.step === 0) return;
  const mode = known ?? (state.modes[key] = freshMode(failureMode, verdict.component));
  const previous = mode.step;
  mode.component = verdict.component;
  mode.step = verdict.step;
  mode.severity = verdict.severity;
  const opens = verdict.step > 0 && !mode.open;
  if (opens) {
    mode.open = true;
    mode.findings += 1;
    mode.firstSeenAt = verdict.since ?? at;
  }
  const finding = findingId(state.spreader, mode.component, failureMode, mode.findings);
  const advice = (): Advice =>
    advise(settings, verdict, {
      spreader: state.spreader,
      failureMode,
      finding,
      firstSeenAt: mode.firstSeenAt,
      at,
      ...about,
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
    };
    out.push({ kind: 'condition-changed', expected: state.conditionRevision++, change });
  }
  if (opens) {
    mode.said = { at, severity: verdict.severity, confidence: verdict.confidence, revision: 1 };
    out.push({ kind: 'advice-raised', expected: 0, advice: advice() });
  } else if (verdict.step === 0 && mode.open) {
    mode.open = false;
    const reason = about.reason ?? 'The data are back to normal.';
    out.push({ kind: 'advice-closed', expected: mode.said.revision++, finding, spreader: state.spreader, at, reason });
  } else if (mode.open && (verdict.step !== previous || moved(settings, mode, verdict, at))) {
    out.push({ kind: 'advice-updated', expected: mode.said.revision, advice: advice() });
    mode.said = { at, severity: verdict.severity, confidence: verdict.confidence, revision: mode.said.revision + 1 };
  }
}

const moved = ({ advice }: ConditionSettings, mode: ModeState, verdict: Verdict, at: number): boolean =>
  at - mode.said.at >= advice.updateAfter &&
  (Math.abs(verdict.severity - mode.said.severity) >= advice.updateChange ||
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
