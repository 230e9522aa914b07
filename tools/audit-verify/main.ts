// Verifies an exported audit trail offline, with nothing but the public key that the operator has handed out:
//   node tools/run.mjs tools/audit-verify/main.ts FOLDER --vkey NAME+ID+KEY
// FOLDER is `audit/<organisation>` of the object store. Exit code 0: whole; 1: not whole; 2: cannot verify.
import { headText, readVerifierKey } from '@quaywatch/domain/audit';
import { describeError, toIso } from '@quaywatch/kernel';
import { readExport } from './read-export';
import { sha256, verifyExport } from './verify-export';

function main(args: readonly string[]): number {
  const flag = args.indexOf('--vkey');
  const [folder] = args.filter((_, i) => flag < 0 || (i !== flag && i !== flag + 1));
  const key = flag < 0 ? undefined : readVerifierKey(sha256, args[flag + 1] ?? '');
  if (!folder || !key) {
    process.stderr.write(
      'usage: audit-verify FOLDER --vkey NAME+ID+KEY\nThe verifier key comes from the operator, never from the folder.\n',
    );
    return 2;
  }
  const { walked, newest, problems } = verifyExport(readExport(folder), key);
  process.stdout.write(
    `organisation  ${walked.org}\nentries       ${walked.entries}\nhead          ${headText(walked)}\n`,
  );
  if (newest) process.stdout.write(`checkpoint    ${newest.size} entries, signed at ${toIso(newest.at)}\n`);
  for (const problem of problems) process.stdout.write(`PROBLEM       ${problem}\n`);
  process.stdout.write(problems.length === 0 ? 'The trail is whole.\n' : 'The trail is NOT proved whole.\n');
  return problems.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`audit-verify: ${describeError(error)}\n`);
  process.exitCode = 2;
}
