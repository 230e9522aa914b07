import type { Advice } from '@quaywatch/contracts';
import { findingId, levelOf } from '../advice/advise';
import type { Statement } from '../judge';
import type { ModeState, SpreaderState } from '../state';

type Said = Statement & { readonly kind: 'advice-raised' | 'advice-updated' | 'advice-closed' };

const reason = 'Corrected by data that came late.';

/**
 * What has to be said so that those who heard what led to `before` know what `after` stands for: findings that were not
 * so are closed, ones that were missed are raised, others get their right level. `anew` is what was said on the way to
 * `after`. Revisions go on from what was said. Changes `after`.
 */
export function reconcile(before: SpreaderState, after: SpreaderState, anew: readonly Statement[]): Statement[] {
  const out: Statement[] = [];
  const advices = new Map<string, Advice>();
  const closings = new Map<string, Said>();
  for (const statement of anew) {
    if (statement.kind === 'condition-changed') continue;
    if (statement.kind === 'advice-closed') closings.set(statement.finding, statement);
    else {
      advices.set(statement.advice.finding, statement.advice);
      if (statement.kind === 'advice-raised') closings.delete(statement.advice.finding);
    }
  }
  const at = after.dataUntil ?? 0;
  after.conditionRevision = before.conditionRevision;
  for (const key of [...new Set([...Object.keys(before.modes), ...Object.keys(after.modes)])].sort()) {
    const b = before.modes[key];
    const a = after.modes[key];
    const finding = (mode: ModeState, n: number): string =>
      findingId(before.spreader, mode.component, mode.failureMode, n);
    const [hadN, hasN] = [b?.findings ?? 0, a?.findings ?? 0];
    const close = (id: string, expected: number, how: { at: number; reason: string }): void => {
      out.push({ kind: 'advice-closed', expected, finding: id, spreader: before.spreader, ...how });
    };
    for (let n = hasN + 1; b && n <= hadN; n++) close(finding(b, n), n === hadN ? b.said.revision : 2, { at, reason });
    const same = Math.min(hadN, hasN);
    if (a && b && same > 0) {
      const id = finding(a, same);
      const [wasOpen, isOpen] = [b.open && hadN === same, a.open && hasN === same];
      const advice = advices.get(id);
      let revision = hadN === same ? b.said.revision : a.said.revision;
      if (wasOpen && !isOpen) {
        const closing = closings.get(id);
        close(
          id,
          revision++,
          closing?.kind === 'advice-closed' ? { at: closing.at, reason: closing.reason } : { at, reason },
        );
      } else if (advice && isOpen && (!wasOpen || a.step !== b.step || a.firstSeenAt !== b.firstSeenAt))
        out.push({ kind: wasOpen ? 'advice-updated' : 'advice-raised', expected: revision++, advice });
      if (hasN === same) a.said = { ...a.said, revision };
    }
    for (let n = hadN + 1; a && n <= hasN; n++) {
      const id = finding(a, n);
      const advice = advices.get(id);
      if (advice) out.push({ kind: 'advice-raised', expected: 0, advice });
      const closing = closings.get(id);
      if (closing?.kind === 'advice-closed') close(id, 1, { at: closing.at, reason: closing.reason });
      if (n === hasN) a.said = { ...a.said, revision: a.open ? 1 : 2 };
    }
    const [was, is] = [b?.step ?? 0, a?.step ?? 0];
    const mode = a ?? b;
    if (was !== is && mode)
      out.push({
        kind: 'condition-changed',
        expected: after.conditionRevision++,
        change: {
          spreader: before.spreader,
          component: mode.component,
          failureMode: mode.failureMode,
          level: levelOf(is),
          previous: levelOf(was),
          at,
          finding: finding(mode, Math.max(1, mode.findings)),
          reason,
          provenance: { block: 'HA', algorithm: 'late-data', version: '1', inputs: [] },
        },
      });
  }
  return out;
}
