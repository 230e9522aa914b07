import { sandboxScenarioNames, type SandboxScenario } from '@quaywatch/contracts';
import { Fault, minutes } from '@quaywatch/kernel';
import { InternalClient, platformPrincipal } from '../internal-client';
import { sandboxOrganisation } from '../organisation';
import { runningPeers } from '../run-file';

interface Common {
  readonly dataDir: string;
}

async function client({ dataDir }: Common): Promise<InternalClient> {
  const { peers, clock } = await runningPeers(dataDir);
  return new InternalClient(peers, platformPrincipal(sandboxOrganisation), clock);
}

/** `quaywatch sandbox scenarios`: one line each. */
export async function scenariosCommand(options: Common): Promise<void> {
  const { data } = await (await client(options)).call('listSandboxScenarios');
  if (data.length === 0) throw new Fault('NO_SANDBOX', 'there is no sandbox: start with --sandbox');
  for (const { name, effect } of data) process.stdout.write(`${name}\t${effect}\n`);
  process.exit(0);
}

/** `quaywatch sandbox run`: starts a scenario and waits until the simulator has played it. */
export async function runScenarioCommand(
  scenario: string,
  { spreader, ...options }: Common & { readonly spreader?: string },
): Promise<void> {
  if (!(sandboxScenarioNames as readonly string[]).includes(scenario))
    throw new Fault('NO_SCENARIO', `there is no ${scenario}; there are ${sandboxScenarioNames.join(', ')}`);
  const platform = await client(options);
  let run = await platform.call('startSandboxRun', { body: { scenario: scenario as SandboxScenario, spreader } });
  for (const until = Date.now() + minutes(1); run.state === 'waiting' || run.state === 'running';) {
    if (Date.now() > until) throw new Fault('NO_SIMULATOR', 'the simulator of the sandbox does not answer');
    await new Promise((resolve) => setTimeout(resolve, 500));
    run = await platform.call('getSandboxRun', { params: { id: run.id } });
  }
  process.stdout.write(`${run.state}: ${run.spreader ? `${run.spreader}: ` : ''}${run.detail ?? ''}\n`);
  process.exit(run.state === 'done' ? 0 : 1);
}
