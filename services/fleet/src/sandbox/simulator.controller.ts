import { Body, Controller, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { Internal, Refused } from '@quaywatch/runtime';
import { z } from 'zod';
import { SandboxRuns, type SandboxRun } from './sandbox-runs';

const outcome = z.strictObject({
  state: z.enum(['done', 'failed']),
  detail: z.string().max(500),
  spreader: z.string().nullable(),
});

/** For the simulator of the sandbox only: takes scenarios and tells how they ended. Not part of the public contract. */
@Internal()
@Controller('internal/sandbox')
export class SimulatorController {
  constructor(@Inject(SandboxRuns) private readonly runs: SandboxRuns) {}

  @Post('next')
  @HttpCode(200)
  async next(): Promise<{ run: SandboxRun | null }> {
    return { run: (await this.runs.take()) ?? null };
  }

  @Put('runs/:id')
  @HttpCode(204)
  async end(@Param('id') id: string, @Body() body: unknown): Promise<void> {
    const parsed = outcome.safeParse(body);
    if (!parsed.success) throw new Refused('invalid', 'Not an outcome of a run.');
    await this.runs.end(id, parsed.data);
  }
}
