import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InternalClient, platformPrincipal } from '../internal-client';
import { defaultOrganisation } from '../organisation';
import { runningPeers } from '../run-file';

/** `quaywatch device claim`: a one-time code with which a BTU enrols itself. */
export async function claimCommand(options: {
  btu: string;
  hours: number;
  out?: string;
  dataDir: string;
}): Promise<void> {
  const { peers, clock } = await runningPeers(options.dataDir);
  const client = new InternalClient(peers, platformPrincipal(defaultOrganisation), clock);
  const answer = await client.call('claimDevice', {
    params: { id: options.btu },
    body: { valid_hours: options.hours },
  });
  if (options.out) {
    await mkdir(options.out, { recursive: true });
    await writeFile(join(options.out, 'chain.pem'), answer.chain);
  }
  process.stdout.write(`${answer.code}\n`);
  process.stderr.write(
    `Good once, until ${answer.expires_at}. On the device:\n` +
      `quaywatch-btu enrol --est https://HOST:PORT --dir ${options.btu} --serial ${options.btu} ` +
      `--claim ${answer.code} --root ${answer.root_fingerprint}\n`,
  );
}
