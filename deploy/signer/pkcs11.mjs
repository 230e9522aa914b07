#!/usr/bin/env node
// A program for SIGNER_COMMAND: keeps the keys of certificate authorities in a PKCS#11 token (an HSM, SoftHSM2, a smart
// card) and signs with them, by `pkcs11-tool` of OpenSC. Environment: PKCS11_MODULE (the token's library), PKCS11_TOKEN
// (label of the token), PKCS11_PIN_FILE (file with the user's PIN). Keys are made in the token and cannot be taken out.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { PKCS11_MODULE: module, PKCS11_TOKEN: token, PKCS11_PIN_FILE: pinFile } = process.env;
const [operation, ref] = process.argv.slice(2);

/** What to say when the token has no such key. */
const missing = 3;

function fail(reason, code = 1) {
  process.stderr.write(`${reason}\n`);
  process.exit(code);
}

if (!module || !token || !pinFile) fail('PKCS11_MODULE, PKCS11_TOKEN and PKCS11_PIN_FILE are needed');

/** The PIN goes by the environment: arguments can be read by everybody on the machine. */
const tool = (...args) =>
  execFileSync(
    'pkcs11-tool',
    ['--module', module, '--token-label', token, '--login', '--pin', 'env:PKCS11_PIN', ...args],
    {
      env: { ...process.env, PKCS11_PIN: readFileSync(pinFile, 'utf8').trim() },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );

const folder = mkdtempSync(join(tmpdir(), 'quaywatch-signer-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const file = (name) => join(folder, name);

if (operation === 'generate') {
  const id = randomBytes(16).toString('hex');
  const names = ['--id', id, '--label', `quaywatch-${id}`];
  tool('--keypairgen', '--key-type', 'EC:prime256v1', '--usage-sign', '--sensitive', ...names);
  tool('--read-object', '--type', 'pubkey', '--id', id, '--output-file', file('public'));
  process.stdout.write(JSON.stringify({ ref: id, spki: readFileSync(file('public')).toString('base64') }));
} else if (operation === 'sign' && /^[0-9a-f]{32}$/.test(ref ?? '')) {
  writeFileSync(file('digest'), Buffer.from(readFileSync(0, 'utf8').trim(), 'hex'));
  try {
    tool(
      '--sign',
      '--mechanism',
      'ECDSA',
      '--id',
      ref,
      '--input-file',
      file('digest'),
      '--output-file',
      file('signature'),
    );
  } catch (error) {
    const words = String(error.stderr);
    fail(words, /key not found|not found|no such/i.test(words) ? missing : 1);
  }
  process.stdout.write(readFileSync(file('signature')).toString('base64'));
} else fail('usage: pkcs11.mjs generate | sign REF < digest', operation === 'sign' ? missing : 1);
