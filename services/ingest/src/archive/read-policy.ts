import { archivePolicy, type ArchivePolicy } from '@quaywatch/contracts';
import { describeError, Fault } from '@quaywatch/kernel';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** The policy in a file. Throws Fault `POLICY_INVALID`, with which nothing may be removed. */
export async function readPolicy(file: string): Promise<ArchivePolicy> {
  let given: unknown;
  try {
    given = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Fault('POLICY_INVALID', `${file} cannot be read as JSON: ${describeError(cause)}`, { cause });
  }
  const read = archivePolicy.safeParse(given);
  if (!read.success) throw new Fault('POLICY_INVALID', `${file}: ${z.prettifyError(read.error)}`);
  return read.data;
}
