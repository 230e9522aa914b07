import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestServices } from '@quaywatch/runtime/testing';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BrokerHost, IdentityHost, ingest } from '../src/index';
import { ChosenSigner } from '../src/pki/chosen-signer';
import { CommandSigner } from '../src/pki/command-signer';
import { EncryptedKeys } from '../src/pki/encrypted-keys';
import type { Signer } from '../src/pki/signer';
import { connectOnce, liveFrame, makeRequest, publish } from './test-device';

/** The least program that keeps keys: files in a folder. What it says of a signature is DER, as key services do. */
const fileSigner = `
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const [folder, operation, ref] = process.argv.slice(2);
if (operation === 'generate') {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = String(process.hrtime.bigint());
  writeFileSync(folder + '/' + name, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  process.stdout.write(JSON.stringify({ ref: name, spki }));
} else {
  if (ref === 'hangs') await new Promise((done) => setTimeout(done, 60_000));
  if (ref === 'mumbles') process.stdout.write('hm');
  else if (!existsSync(folder + '/' + ref)) process.exit(3);
  else {
    // Node signs no digest as it is: openssl does.
    const { execFileSync } = await import('node:child_process');
    const digest = Buffer.from(readFileSync(0, 'utf8'), 'hex');
    const args = ['pkeyutl', '-sign', '-inkey', folder + '/' + ref];
    process.stdout.write(execFileSync('openssl', args, { input: digest }).toString('base64'));
  }
}
`;
const softHsm = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((path) =>
  existsSync(path),
);
const hasToken = softHsm !== undefined && spawnSync('pkcs11-tool', ['--version']).error === undefined;

describe('signers', () => {
  let folder: string;
  let services: TestServices;
  let byFiles: string;
  let byToken: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quaywatch-signers-'));
    const file = (name: string): string => join(folder, name);
    mkdirSync(file('keys'));
    writeFileSync(file('signer.mjs'), fileSigner);
    byFiles = `${process.execPath} ${file('signer.mjs')} ${file('keys')}`;
    if (hasToken) {
      mkdirSync(file('tokens'));
      writeFileSync(file('softhsm2.conf'), `directories.tokendir = ${file('tokens')}\nlog.level = ERROR\n`);
      writeFileSync(file('pin'), '824519\n');
      const conf = `SOFTHSM2_CONF=${file('softhsm2.conf')}`;
      const init = ['--init-token', '--free', '--label', 'quaywatch', '--so-pin', '60514321', '--pin', '824519'];
      execFileSync('env', [conf, 'softhsm2-util', ...init], { stdio: 'pipe' });
      const token = `PKCS11_MODULE=${softHsm} PKCS11_TOKEN=quaywatch PKCS11_PIN_FILE=${file('pin')}`;
      byToken = `env ${conf} ${token} ${process.execPath} ${resolve('deploy/signer/pkcs11.mjs')}`;
    }
    services = await TestServices.start([ingest as never], {
      environment: {
        ...{ MQTT_PORT: '0', MQTT_HOST: '127.0.0.1' },
        SIGNER_COMMAND: hasToken ? byToken : byFiles,
      },
    });
  }, 60_000);
  afterAll(async () => {
    await services?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const own = (): EncryptedKeys =>
    new EncryptedKeys(services.store('ingest'), services.adapters.secrets, services.adapters.clock);
  const makers: Record<string, () => Signer> = {
    'keys encrypted in the database': own,
    'a program that keeps them in files': () => new CommandSigner(byFiles),
    'a choice of both': () => new ChosenSigner(own(), new CommandSigner(byFiles)),
    ...(hasToken && {
      'a PKCS#11 token': () => new CommandSigner(byToken),
    }),
  };

  describe.each(Object.keys(makers))('%s', (name) => {
    const signer = (): Signer => (makers[name] as () => Signer)();
    const data = (text: string): Buffer => Buffer.from(text);

    it('makes keys, each its own, and signs with them, whoever asks', async () => {
      const [one, two] = [await signer().generate(), await signer().generate()];
      expect(one.ref).not.toBe(two.ref);
      const good = (spki: Uint8Array, text: string, signature: Uint8Array): boolean => {
        const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
        expect(key.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
        return verify('sha256', data(text), { key, dsaEncoding: 'ieee-p1363' }, signature);
      };
      const texts = ['', 'a', 'b'.repeat(100_000)];
      const signatures = await Promise.all(texts.map((text) => signer().sign(one.ref, data(text))));
      signatures.forEach((signature, i) => {
        expect(signature).toHaveLength(64);
        expect(good(one.spki, texts[i] as string, signature)).toBe(true);
        expect(good(two.spki, texts[i] as string, signature)).toBe(false);
      });
    });

    it('says so when there is no such key', async () => {
      const { ref } = await signer().generate();
      const none = ref.slice(0, -4) + (ref.endsWith('0000') ? '1111' : '0000');
      await expect(signer().sign(none, data('x'))).rejects.toMatchObject({ code: 'SIGNING_KEY_MISSING' });
    });
  });

  it('of keys made before go on, and what is elsewhere is not guessed at', async () => {
    const before = await own().generate();
    const both = new ChosenSigner(own(), new CommandSigner(byFiles));
    expect(await both.sign(before.ref, Buffer.from('x'))).toHaveLength(64);
    const { ref } = await both.generate();
    expect(ref).toMatch(/^ext:/);
    const alone = new ChosenSigner(own(), undefined);
    await expect(alone.sign(ref, Buffer.from('x'))).rejects.toMatchObject({ code: 'SIGNING_KEY_MISSING' });
  });

  it('that hang, mumble or are not there fail in bounded time', async () => {
    const brief = { patience: 300, atOnce: 1, waiting: 2 };
    const failed = { code: 'SIGNER_FAILED' };
    await expect(new CommandSigner(byFiles, brief).sign('hangs', Buffer.from('x'))).rejects.toMatchObject(failed);
    await expect(new CommandSigner(byFiles).sign('mumbles', Buffer.from('x'))).rejects.toMatchObject(failed);
    await expect(new CommandSigner('/nowhere/signer').generate()).rejects.toMatchObject(failed);
    const crowd = new CommandSigner(byFiles, brief);
    const all = [1, 2, 3, 4].map(() => crowd.sign('hangs', Buffer.from('x')).catch((error: unknown) => error));
    // One runs, two wait; the fourth is told at once.
    expect(await all[3]).toMatchObject({ code: 'SIGNER_BUSY' });
    expect(await Promise.all(all.slice(0, 3))).toEqual(Array(3).fill(expect.objectContaining(failed)));
  });

  it('keep the keys of root and organisations: devices come in, and the database has none of them', async () => {
    const get = <T>(type: new (...args: never[]) => T): T => services.services.get('ingest')?.app.get(type) as T;
    const { authorities } = get(IdentityHost).parts;
    const { key, csr } = await makeRequest('HSM-1');
    const { body } = await services.call<{ certificate: string }>('enrolDevice', { body: { btu: 'HSM-1', csr } });
    expect(authorities.all.map(({ kind, keyRef }) => [kind, keyRef?.startsWith('ext:')])).toEqual([
      ['root', true],
      ['issuing', true],
    ]);
    const options = { clientId: 'HSM-1', ca: authorities.anchors, key, cert: body.certificate };
    const client = await connectOnce(get(BrokerHost).port, options);
    await publish(client, 'HSM-1', liveFrame('HSM-1', 1, 1));
    await client.endAsync();
    const kept = await services.store('ingest').transact((tx) => tx.query('select ref from signing_key'));
    const issuing = authorities.issuing('org_test')[0]?.keyRef ?? '';
    expect(kept.map(({ ref }) => ref)).not.toContain(issuing.replace('ext:', ''));
    // A rotation makes the next one there as well.
    expect((await services.call('rotateAuthority', { body: {} })).status).toBe(201);
    expect(authorities.issuing('org_test').every(({ keyRef }) => keyRef?.startsWith('ext:'))).toBe(true);
  });
});
