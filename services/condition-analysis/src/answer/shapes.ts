import type { Advice, DataOf, events, MoveRecord } from '@quaywatch/contracts';
import { toIso } from '@quaywatch/kernel';
import type { ApiAnswer } from '@quaywatch/runtime';
import type { SpreaderView } from './read-spreaders';

type Summary = ApiAnswer<'listSpreaders'>['data'][number];
type FindingSummary = NonNullable<Summary['top_finding']>;
type Finding = ApiAnswer<'getFinding'>;

const iso = (at: number | null): string | null => (at === null ? null : toIso(at));

/** A finding as lists show it. */
export const findingSummaryOf = (advice: Advice): FindingSummary => ({
  id: advice.finding,
  title: advice.title,
  component: advice.component,
  failure_mode: advice.failureMode,
  level: advice.level,
  risk: advice.risk,
  confidence: advice.confidence,
  first_seen_at: toIso(advice.firstSeenAt),
  action: advice.actions[0] ?? '',
  repair_hours: advice.repairHours,
  risk_hours: advice.riskHours,
});

type Progress = DataOf<typeof events.findingProgressed>;
type FindingVerdict = DataOf<typeof events.findingJudged>;

const minute = 60_000;

/** Whether the data prove a repair that people reported. */
function proofOf({
  advice,
  status,
  progress,
}: {
  readonly advice: Advice;
  readonly status: 'open' | 'closed';
  readonly progress: Progress | null;
}): Finding['proof'] {
  if (progress?.state !== 'repaired') return 'none';
  if (status === 'closed') return 'proved';
  const { because, at } = advice.reopened;
  return because !== null && at !== null && at >= progress.when ? 'not_proved' : 'waiting';
}

/** Findings that were stored before it was worked out say nothing of the time they have. */
function lifeOf({ remainingLife }: Partial<Advice>): Finding['remaining_life'] {
  if (!remainingLife) return null;
  const { at } = remainingLife;
  return {
    ...remainingLife,
    at: at && { low: toIso(at.low), middle: toIso(at.middle), high: iso(at.high) },
    from: toIso(remainingLife.from),
    to: toIso(remainingLife.to),
  };
}

/** A finding with everything that speaks for it. */
export const findingOf = (row: {
  advice: Advice;
  number: string;
  status: 'open' | 'closed';
  closed_at: number | null;
  updated_at: number;
  progress: Progress | null;
  verdict: FindingVerdict | null;
}): Finding => ({
  ...findingSummaryOf(row.advice),
  spreader_id: row.advice.spreader,
  spreader_number: row.number,
  status: row.status,
  closed_at: iso(row.closed_at),
  updated_at: toIso(row.updated_at),
  actions: row.advice.actions,
  parts: row.advice.parts,
  skills: row.advice.skills,
  verification: row.advice.verification,
  causes: row.advice.causes.map(({ failureMode, component, title, probability }) => ({
    failure_mode: failureMode,
    component,
    title,
    probability,
  })),
  remaining_life: lifeOf(row.advice),
  reopened: { ...row.advice.reopened, at: iso(row.advice.reopened.at) },
  progress: row.progress
    ? {
        state: row.progress.state,
        when: toIso(row.progress.when),
        note: row.progress.note,
        by: row.progress.by,
        at: toIso(row.progress.at),
      }
    : null,
  proof: proofOf(row),
  verdict: row.verdict
    ? {
        verdict: row.verdict.verdict,
        failure_mode: row.verdict.found?.failureMode ?? null,
        component: row.verdict.found?.component ?? null,
        note: row.verdict.note,
        by: row.verdict.by,
        at: toIso(row.verdict.at),
      }
    : null,
  replay: { from: toIso(row.advice.firstSeenAt - 15 * minute), to: toIso(row.advice.firstSeenAt + 15 * minute) },
  evidence: row.advice.evidence.map((evidence) => ({
    ...evidence,
    from: toIso(evidence.from),
    to: toIso(evidence.to),
  })),
  provenance: row.advice.provenance,
});

/** A spreader as lists show it. */
export const spreaderSummaryOf = (view: SpreaderView): Summary => ({
  id: view.spreader,
  number: view.number,
  model: view.model,
  type: view.type,
  terminal: view.terminal,
  crane: view.crane,
  condition: view.level,
  health: {
    score: view.score,
    completeness: view.completeness,
    computed_at: iso(view.computedAt),
    model: view.healthModel,
  },
  top_finding: view.topFinding ? findingSummaryOf(view.topFinding) : null,
  open_findings: view.openFindings,
  last_seen_at: iso(view.lastSeenAt),
  connection: view.connection,
  lifts_24h: view.lifts24h,
});

/** Health of a spreader and its components. */
export const healthOf = (view: SpreaderView): ApiAnswer<'getSpreaderHealth'> => ({
  spreader_id: view.spreader,
  score: view.score,
  condition: view.level,
  completeness: view.completeness,
  computed_at: iso(view.computedAt),
  model: view.healthModel,
  components: view.components.map(({ component, level, score, reasons }) => ({
    component,
    condition: level,
    score,
    reasons: reasons.map(({ text, points, failureMode }) => ({ text, points, failure_mode: failureMode })),
  })),
  provenance: view.provenance,
});

/** Families of signals that the move machine reads. */
const moveInputs = ['tl.command', 'tl[n].locked', 'tl[n].unlocked', 'lp[n].seated', 'landed', 'len.pos', 'load.total'];

/** A move as the API shows it. */
export const moveOf = (row: Omit<MoveRecord, 'spreader'>): ApiAnswer<'listMoves'>['data'][number] => ({
  id: row.move,
  started_at: toIso(row.startedAt),
  locked_at: iso(row.lockedAt),
  ended_at: toIso(row.endedAt),
  class: row.class,
  result: row.result,
  boxes: row.boxes,
  teu: row.teu,
  load: row.load,
  features: row.features,
  provenance: { block: 'DM', algorithm: 'move-machine', version: row.model ?? '', inputs: [...moveInputs] },
});
