import { failureModes, signalFamily } from '@quaywatch/contracts';
import { rules } from '../rules';
import { failureModeNeeds } from './needs';

/** How well a spreader's sensors can see a failure mode. */
export interface ModeCoverage {
  readonly failureMode: string;
  readonly component: string;
  readonly title: string;
  /** `seen`: all it needs is there; `partly`: some; `blind`: nothing; `no_rule`: nothing judges it yet. */
  readonly cover: 'seen' | 'partly' | 'blind' | 'no_rule';
  readonly present: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Which failure modes can be seen with these signals (concrete ids: announced at birth or received). A mode that no rule
 * judges is never called seen, whatever its signals.
 */
export function coverageOf(
  signals: Iterable<string>,
  judged: ReadonlySet<string> = new Set(rules.map(({ failureMode }) => failureMode)),
): ModeCoverage[] {
  const families = new Set([...signals].map(signalFamily));
  return [...failureModes.values()]
    .filter(({ id }) => failureModeNeeds[id] !== undefined)
    .map(({ id, component, title }) => {
      const needs = failureModeNeeds[id] ?? [];
      const met = needs.filter((need) => need.some((signal) => families.has(signal)));
      const missing = needs.filter((need) => !met.includes(need)).map((need) => need.join(' or '));
      const present = met.flatMap((need) => need.filter((signal) => families.has(signal)));
      const cover = met.length === 0 ? 'blind' : !judged.has(id) ? 'no_rule' : missing.length === 0 ? 'seen' : 'partly';
      return { failureMode: id, component, title, cover, present: [...new Set(present)], missing };
    });
}
