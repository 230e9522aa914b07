import type { SandboxScenario } from '@quaywatch/contracts';
import { describeError, makeId, seconds } from '@quaywatch/kernel';
import type { Clock } from '@quaywatch/ports';
import type { Peers } from '@quaywatch/runtime';
import type { RunningDevice } from '@quaywatch/services/btu';
import { platformPrincipal } from '../internal-client';
import { sandboxOrganisation } from '../organisation';
import { SandboxStage } from './sandbox-stage';

const look = seconds(2);

/** Takes scenarios that were started through the API, plays them, and tells how it went; until `signal`. */
export async function playScenarios(given: {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly devices: ReadonlyMap<string, RunningDevice>;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { peers, clock, devices, signal } = given;
  const stage = new SandboxStage(devices, clock);
  const call = async (method: 'POST' | 'PUT', path: string, body: object): Promise<Response> => {
    const requestId = makeId('request', clock.now(), clock.random(10));
    const headers = await peers.headersFor(platformPrincipal(sandboxOrganisation), { requestId, address: null });
    return fetch(`${peers.urlOf('fleet')}/internal/sandbox/${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
  };
  type Next = { run: { run: string; scenario: SandboxScenario; spreader: string | null } | null };
  let wake = (): void => undefined;
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    try {
      const answer = await call('POST', 'next', {});
      const next = answer.ok ? ((await answer.json()) as Next).run : null;
      if (next) {
        const outcome = await stage.play(next.scenario, next.spreader).then(
          (played) => ({ state: 'done', ...played }),
          (error: unknown) => ({ state: 'failed', detail: describeError(error), spreader: null }),
        );
        await call('PUT', `runs/${next.run}`, outcome);
        continue;
      }
    } catch {
      // The platform starts again, say; it is asked again.
    }
    await new Promise<void>((resolve) => {
      const cancel = clock.after(look, resolve);
      wake = () => (cancel(), resolve());
    });
  }
}
