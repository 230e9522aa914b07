import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultOrganisation } from '../organisation';
import { InternalClient, platformPrincipal } from '../internal-client';
import { runningPeers } from '../run-file';

/** `quaywatch device enrol`: sends the request to ingest and writes what it answers. */
export async function enrolCommand(options: {
  btu: string;
  csr: string;
  out?: string;
  dataDir: string;
}): Promise<void> {
  const csr = await readFile(options.csr, 'utf8');
  const { peers, clock } = await runningPeers(options.dataDir);
  const client = new InternalClient(peers, platformPrincipal(defaultOrganisation), clock);
  const answer = await client.call('enrolDevice', { body: { btu: options.btu, csr } });
  if (!options.out) {
    process.stdout.write(`${answer.certificate}\n${answer.chain}\n`);
    return;
  }
  await mkdir(options.out, { recursive: true });
  await writeFile(join(options.out, 'certificate.pem'), answer.certificate);
  await writeFile(join(options.out, 'chain.pem'), answer.chain);
  process.stderr.write(
    `${answer.btu} is enrolled until ${answer.not_after}; certificate.pem and chain.pem are in ${options.out}\n`,
  );
}
