import { coverageOf, type SpreaderState } from '@quaywatch/domain/condition';
import type { ViewStore } from '@quaywatch/ports';
import type { ApiAnswer, ApiCall } from '@quaywatch/runtime';
import { oneVisible } from './visible-fleet';

/** Which failure modes a spreader's sensors can see: by what it announced at birth and what it has sent. */
export function answerCoverage(
  store: ViewStore,
  { principal, params }: Pick<ApiCall<'getCoverage'>, 'principal' | 'params'>,
): Promise<ApiAnswer<'getCoverage'>> {
  return store.readAs(principal.org, async (q) => {
    const { spreader } = await oneVisible(q, principal, 'spreaders.read', params.id);
    const [row] = await q.query<{ state: string }>('select state from spreader_state where spreader = $1', [spreader]);
    const moves = await q.query<{ features: Record<string, number> }>(
      'select features from move where spreader = $1 order by ended_at desc limit 50',
      [spreader],
    );
    const state = row ? (JSON.parse(row.state) as SpreaderState) : undefined;
    const signals = new Set([
      ...(state?.announced ?? []),
      ...Object.keys(state?.latest ?? {}),
      ...moves.flatMap(({ features }) => Object.keys(features)),
    ]);
    return {
      spreader_id: spreader,
      signals: signals.size,
      modes: coverageOf(signals).map(({ failureMode, present, missing, ...mode }) => ({
        ...mode,
        failure_mode: failureMode,
        present: [...present],
        missing: [...missing],
      })),
    };
  });
}
