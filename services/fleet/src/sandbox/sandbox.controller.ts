import { Controller, Inject } from '@nestjs/common';
import { sandboxScenarioNames, sandboxScenarios } from '@quaywatch/contracts';
import { visibleTerminals } from '@quaywatch/domain/access';
import { toIso } from '@quaywatch/kernel';
import { Api, Call, pageOfRows, readCursor, Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { SandboxRuns, type SandboxRun } from './sandbox-runs';

/** API: scenarios of the sandbox. */
@Controller()
export class SandboxController {
  constructor(@Inject(SandboxRuns) private readonly runs: SandboxRuns) {}

  @Api('listSandboxScenarios')
  scenarios(@Call() { principal }: ApiCall<'listSandboxScenarios'>): ApiAnswer<'listSandboxScenarios'> {
    if (!this.runs.isSandbox(principal.org)) return { data: [] };
    return { data: sandboxScenarioNames.map((name) => ({ name, ...sandboxScenarios[name] })) };
  }

  @Api('startSandboxRun')
  async start(@Call() { principal, address, body }: ApiCall<'startSandboxRun'>): Promise<ApiAnswer<'startSandboxRun'>> {
    if (visibleTerminals(principal, 'fleet.write') !== 'all')
      throw new Refused('forbidden', 'Starting a scenario needs a role for the whole organisation.');
    return documentOf(await this.runs.start(principal, address, body));
  }

  @Api('listSandboxRuns')
  async list(@Call() { principal, query }: ApiCall<'listSandboxRuns'>): Promise<ApiAnswer<'listSandboxRuns'>> {
    const after = readCursor(query.cursor, ['number', 'string']) as [number, string] | undefined;
    const found = await this.runs.list(principal.org, query.limit + 1, after);
    const { rows, ...page } = pageOfRows(found, query.limit, (row) => [row.started_at, row.run]);
    return { data: rows.map(documentOf), ...page };
  }

  @Api('getSandboxRun')
  async get(@Call() { principal, params }: ApiCall<'getSandboxRun'>): Promise<ApiAnswer<'getSandboxRun'>> {
    const run = await this.runs.find(principal.org, params['id'] ?? '');
    if (!run) throw new Refused('not_found', 'There is no such run.');
    return documentOf(run);
  }
}

const documentOf = (run: SandboxRun): ApiAnswer<'getSandboxRun'> => ({
  id: run.run,
  scenario: run.scenario,
  spreader: run.spreader,
  state: run.state,
  detail: run.detail,
  started_at: toIso(run.started_at),
  ended_at: run.ended_at === null ? null : toIso(run.ended_at),
});
