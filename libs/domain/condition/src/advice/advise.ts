import {
  findSignal,
  type Advice,
  type Cause,
  type ConditionLevel,
  type FailureMode,
  type RemainingLife,
} from '@quaywatch/contracts';
import { keyId } from '@quaywatch/kernel';
import type { Step } from '../limits/limit';
import type { Verdict } from '../rules/rule';
import { modeOf, type ConditionSettings } from '../settings';
import { componentWords } from './component-words';

/** Level of a settled step. */
export const levelOf = (step: Step): ConditionLevel => (['ok', 'watch', 'plan', 'act_now'] as const)[step];

/** Id of the `n`th finding (from 1) of a failure mode at a component of a spreader. */
export const findingId = (spreader: string, component: string, failureMode: string, n: number): string =>
  keyId('finding', spreader, component, failureMode, n);

/** What an advice is made of besides the verdict. */
export interface AdviceCircumstances {
  readonly spreader: string;
  readonly failureMode: string;
  readonly finding: string;
  readonly firstSeenAt: number;
  readonly at: number;
  /** Version of the rule, its inputs. */
  readonly version: string;
  readonly inputs: readonly string[];
  /** Signal that names a generic finding. */
  readonly signal?: string;
  /** Detectors behind it, where that is not the failure mode's rule. */
  readonly algorithm?: string;
  readonly causes: readonly Cause[];
  readonly reopened: Advice['reopened'];
  readonly remainingLife: RemainingLife | null;
}

/** The recommendation for a verdict: words, evidence, and from the catalogue what to do with what (ISO 13374 block AG). */
export function advise(settings: ConditionSettings, verdict: Verdict, about: AdviceCircumstances): Advice {
  const mode = modeOf(settings, about.failureMode) as FailureMode;
  return {
    finding: about.finding,
    spreader: about.spreader,
    component: verdict.component,
    failureMode: about.failureMode,
    title: about.signal ? `${about.signal} far from its normal` : `${componentWords(verdict.component)} ${mode.title}`,
    level: levelOf(verdict.step),
    risk: mode.risk,
    confidence: verdict.confidence,
    firstSeenAt: about.firstSeenAt,
    updatedAt: about.at,
    evidence: verdict.evidence.map((evidence) => ({
      ...evidence,
      unit: evidence.unit || (findSignal(evidence.signal)?.unit ?? '1'),
    })),
    actions: [...mode.actions],
    parts: [...mode.parts],
    skills: [...mode.skills],
    repairHours: mode.repairHours,
    riskHours: riskHours(settings, mode, verdict),
    verification: mode.verification,
    causes: [...about.causes],
    reopened: about.reopened,
    remainingLife: about.remainingLife,
    provenance: {
      block: 'AG',
      algorithm: `${about.algorithm ?? about.failureMode.toLowerCase()}@${settings.model}`,
      version: about.version,
      inputs: [...about.inputs],
    },
  };
}

/**
 * Expected crane hours lost in the next 7 days if nothing is done:
 * confidence × (1 − exp(−168 h / lead)) × (waiting + unplanned factor × repair hours).
 * `lead` is the typical time to the stop at this step: the longest of the failure mode at watch, the shortest at act
 * now, their geometric mean at plan (exponential time to failure with that mean).
 */
export function riskHours(settings: ConditionSettings, mode: FailureMode, verdict: Verdict): number {
  const [shortest, longest] = mode.leadHours;
  const lead = verdict.step === 1 ? longest : verdict.step === 3 ? shortest : Math.sqrt(shortest * longest);
  const stop = verdict.confidence * (1 - Math.exp(-168 / lead));
  const lost = settings.advice.waitHours + settings.advice.unplannedFactor * mode.repairHours;
  return Math.round(stop * lost * 10) / 10;
}
