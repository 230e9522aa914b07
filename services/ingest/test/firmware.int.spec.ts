import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firmwarePart, firmwareSigned, type FirmwareManifest } from '@quaywatch/contracts';
import { TestServices, testAdministrator } from '@quaywatch/runtime/testing';
import {
  BtuClient,
  FirmwareAgent,
  FrameBuffer,
  installCertificate,
  readIdentity,
  signingRequest,
  Twistlocks,
  type FirmwareAgentOptions,
  type Identity,
  type Program,
} from '@quaywatch/services/btu';
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerHost, EnrolmentHost, ingest } from '../src/index';
import { AuditReader } from './audit-reader';

type View = {
  id: string;
  state: string;
  reason: string | null;
  open_groups: number;
  progress: { btu: string; group: number; step: string | null; detail: string | null }[];
};

/** A BTU with two slots, as its makers run it; `stop` and a new one on the same folder are the end of its power. */
class Device {
  readonly locks = new Twistlocks();
  readonly said: string[] = [];
  client!: BtuClient;
  agent!: FirmwareAgent;

  constructor(
    readonly folder: string,
    readonly serial: string,
    private readonly url: string,
    private readonly more: Pick<FirmwareAgentOptions, 'keys' | 'model' | 'url'>,
    private readonly identity: Identity,
  ) {
    this.lock(false);
  }

  lock(locked: boolean): void {
    this.locks.observe({ 'tl[1].locked': { values: [locked] } });
  }

  start(): this {
    this.agent = new FirmwareAgent({
      ...this.more,
      folder: join(this.folder, 'firmware'),
      factoryVersion: '1.0.0',
      identity: () => this.identity,
      locks: () => this.locks.state,
      facts: () => ({ connected: this.client.connected, born: this.client.born }),
      reboot: async (program) => {
        await this.client.stop();
        this.run(program);
      },
      every: 50,
      lookEvery: 20,
      confirmWithin: 1000,
      onEvent: (event, detail) => this.said.push(`${event}: ${detail}`),
    });
    this.run(this.agent.program);
    this.agent.start();
    return this;
  }

  get boot(): number {
    return Number(readFileSync(join(this.folder, 'buffer', 'boot'), 'utf8'));
  }

  async stop(): Promise<void> {
    await this.agent.stop();
    await this.client.stop();
  }

  private run({ version }: Program): void {
    this.client = new BtuClient({
      url: this.url,
      serial: this.serial,
      spreader: null,
      firmware: version,
      signals: [],
      identity: this.identity,
      buffer: new FrameBuffer(join(this.folder, 'buffer')),
      backOff: { first: 20, longest: 50 },
    });
    this.client.start();
  }
}

describe('firmware over the air', () => {
  let services: TestServices;
  let audit: AuditReader;
  let folder: string;
  const publisher = generateKeyPairSync('ed25519');
  const second = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const stranger = generateKeyPairSync('ed25519');
  const devices: Device[] = [];
  const get = <T>(type: new (...args: never[]) => T): T => services.services.get('ingest')?.app.get(type) as T;
  const keyFile = (): string => join(folder, 'publishers.pem');
  const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quaywatch-firmware-'));
    writeFileSync(keyFile(), pem(publisher.publicKey) + pem(second.publicKey));
    services = await TestServices.start([ingest as never], {
      environment: {
        MQTT_PORT: '0',
        MQTT_HOST: '127.0.0.1',
        EST_PORT: '0',
        FIRMWARE_KEYS: keyFile(),
        ROLLOUT_LOOK_SECONDS: '0.05',
      },
    });
    audit = new AuditReader(services);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(devices.map((device) => device.stop()));
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const est = (): string => `https://localhost:${get(EnrolmentHost).estPort}`;

  async function device(serial: string, model = 'btu-reference', keys = keyFile()): Promise<Device> {
    const dir = join(folder, serial);
    mkdirSync(dir);
    const csr = await signingRequest(dir, serial);
    const { body } = await services.call<{ certificate: string; chain: string }>('enrolDevice', {
      body: { btu: serial, csr },
    });
    await installCertificate(dir, body.certificate, body.chain);
    const url = `mqtts://localhost:${get(BrokerHost).port}`;
    const more = { keys: readFileSync(keys, 'utf8'), model, url: est() };
    const made = new Device(dir, serial, url, more, await readIdentity(dir)).start();
    devices.push(made);
    await services.until(() => Promise.resolve(made.client.born));
    return made;
  }

  const signed = (artefact: Buffer, more: Partial<FirmwareManifest>, key = publisher.privateKey) => {
    const manifest = JSON.stringify({
      v: 1,
      model: 'btu-reference',
      version: '1.1.0',
      size: artefact.length,
      sha256: createHash('sha256').update(artefact).digest('hex'),
      rollback: false,
      madeAt: 1,
      notes: '',
      ...more,
    });
    const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return { manifest, signature: sign(digest, Buffer.from(firmwareSigned(manifest)), key).toString('base64') };
  };

  const script = (version: string, selfTest = '', padding = 0): Buffer =>
    Buffer.from(
      `module.exports = { version: '${version}', statusSeconds: 20 ${selfTest && `, selfTest: () => ${selfTest}`} };\n//${'x'.repeat(padding)}`,
    );

  async function published(artefact: Buffer, more: Partial<FirmwareManifest> = {}, key?: KeyObject): Promise<string> {
    const { body } = await services.call<{ id: string }>('publishFirmware', { body: signed(artefact, more, key) });
    for (let offset = 0; offset < artefact.length; offset += firmwarePart) {
      const data_base64 = artefact.subarray(offset, offset + firmwarePart).toString('base64');
      const part = await services.call('sendFirmwarePart', { params: { id: body.id }, body: { offset, data_base64 } });
      expect(part.status).toBe(200);
    }
    return body.id;
  }

  const roll = async (firmware: string, serials: string[], more: object = {}): Promise<string> => {
    const { body } = await services.call<View>('startRollout', {
      body: { firmware_id: firmware, devices: serials, groups: [100], soak_minutes: 0, ...more },
    });
    return body.id;
  };
  const view = async (id: string): Promise<View> => (await services.call<View>('getRollout', { params: { id } })).body;
  const stepOf = async (id: string, serial: string): Promise<string | null | undefined> =>
    (await view(id)).progress.find(({ btu }) => btu === serial)?.step;
  const firmwareOf = async (serial: string): Promise<string> =>
    (await services.call<{ firmware: string }>('getDevice', { params: { id: serial } })).body.firmware;

  it('goes out group by group: the version in the birth message changes, the boot number rises', async () => {
    const serials = ['FW-1', 'FW-2', 'FW-3'];
    const three = await Promise.all(serials.map((serial) => device(serial)));
    const boots = three.map(({ boot }) => boot);
    const firmware = await published(script('1.1.0', '', 150_000), {}, second.privateKey);
    const id = await roll(firmware, serials, { groups: [30, 100] });
    await services.until(async () => (await view(id)).state === 'completed', 60_000);
    const shown = await view(id);
    expect(shown.progress).toMatchObject(
      serials.map((btu, i) => ({ btu, group: i === 0 ? 1 : 2, step: 'confirmed', detail: '1.1.0 runs' })),
    );
    await services.until(async () => (await Promise.all(serials.map(firmwareOf))).every((one) => one === '1.1.0'));
    expect(three.map(({ boot }) => boot)).toEqual(boots.map((boot) => boot + 1));
    const { body } = await services.call('getDevice', { params: { id: 'FW-1' } });
    expect(body).toMatchObject({ update: { rollout_id: id, version: '1.1.0', step: 'confirmed' } });
    const actions = (await audit.all()).filter(({ target }) => target?.id === id).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['rollout.start', 'rollout.open-group', 'rollout.complete']));
    // The group after came only when the one before was through.
    expect(actions.indexOf('rollout.open-group')).toBeGreaterThan(actions.indexOf('rollout.progress'));
    // The end of power: the device starts from its slot, checks it, and goes on.
    const [one] = three as [Device];
    await one.stop();
    one.start();
    expect(one.agent.program).toMatchObject({ version: '1.1.0', statusSeconds: 20 });
    // Somebody changes what is in the slot: that does not run.
    await one.stop();
    appendFileSync(join(one.folder, 'firmware', 'a', 'program.js'), ' ');
    one.start();
    expect(one.agent.program.version).toBe('1.0.0');
  });

  it('of strangers is refused by the platform, and by the device when the platform is deceived', async () => {
    const artefact = script('9.0.0');
    const wrong = await services.call('publishFirmware', { body: signed(artefact, {}, stranger.privateKey) });
    expect(wrong.status).toBe(400);
    const { manifest, signature } = signed(artefact, {});
    const changed = manifest.replace('1.1.0', '9.1.0');
    expect((await services.call('publishFirmware', { body: { manifest: changed, signature } })).status).toBe(400);
    expect((await audit.all()).filter(({ action }) => action === 'firmware.publish').at(-1)?.outcome).toBe('refused');
    // Other bytes than those that were signed.
    const honest = await services.call<{ id: string }>('publishFirmware', {
      body: signed(artefact, { version: '9.0.0' }),
    });
    const other = Buffer.from(artefact).fill('z', 0, 3).toString('base64');
    const part = { params: { id: honest.body.id }, body: { offset: 0, data_base64: other } };
    expect((await services.call('sendFirmwarePart', part)).status).toBe(400);
    expect(
      (
        await services.call('startRollout', {
          body: { firmware_id: honest.body.id, devices: ['FW-1'] },
        })
      ).status,
    ).toBe(404);
    // The platform believes a stranger: the device does not.
    const strict = await device('FW-4');
    writeFileSync(keyFile(), pem(publisher.publicKey) + pem(second.publicKey) + pem(stranger.publicKey));
    const id = await roll(await published(artefact, { version: '9.0.0' }, stranger.privateKey), ['FW-4']);
    await services.until(async () => (await view(id)).state === 'stopped');
    expect((await view(id)).progress[0]).toMatchObject({ step: 'failed', detail: expect.stringMatching(/publisher/) });
    expect([strict.agent.program.version, strict.boot]).toEqual(['1.0.0', 1]);
  });

  it('for another model, or older and no rollback, is refused by the device', async () => {
    const one = await device('FW-5');
    const failed = async (firmware: string): Promise<string | null | undefined> => {
      const id = await roll(firmware, ['FW-5']);
      await services.until(async () => (await view(id)).state === 'stopped');
      return (await view(id)).progress[0]?.detail;
    };
    expect(await failed(await published(script('2.0.0'), { version: '2.0.0', model: 'btu-mini' }))).toMatch(/btu-mini/);
    expect(await failed(await published(script('0.9.0'), { version: '0.9.0' }))).toMatch(/older than 1\.0\.0/);
    expect(one.boot).toBe(1);
    const id = await roll(await published(script('0.9.0'), { version: '0.9.0', rollback: true }), ['FW-5']);
    await services.until(async () => (await view(id)).state === 'completed', 60_000);
    await services.until(async () => (await firmwareOf('FW-5')) === '0.9.0');
  });

  it('that does not prove itself goes back to the slot before, and the roll-out stops by itself', async () => {
    const serials = ['FW-6', 'FW-7', 'FW-8', 'FW-9'];
    const four = await Promise.all(serials.map((serial) => device(serial)));
    const crashes = Buffer.from('throw new Error("no memory")');
    const id = await roll(await published(script('1.2.0', 'false'), { version: '1.2.0' }), serials, {
      groups: [25, 100],
    });
    await services.until(async () => (await view(id)).state === 'stopped', 60_000);
    expect(await view(id)).toMatchObject({ open_groups: 1, reason: expect.stringMatching(/1 of 1 devices failed/) });
    expect((await view(id)).progress[0]).toMatchObject({
      step: 'rolled_back',
      detail: expect.stringMatching(/in time/),
    });
    await services.until(async () => (await firmwareOf('FW-6')) === '1.0.0');
    expect(four.map(({ boot }) => boot)).toEqual([3, 1, 1, 1]);
    const next = await roll(await published(crashes, { version: '1.3.0' }), ['FW-7']);
    await services.until(async () => (await stepOf(next, 'FW-7')) === 'rolled_back', 60_000);
    expect((await view(next)).progress[0]?.detail).toMatch(/does not start/);
    expect(four[1]?.agent.program.version).toBe('1.0.0');
    expect((await services.call('advanceRollout', { params: { id }, body: {} })).status).toBe(409);
  });

  it('waits while a twistlock is locked, and while nothing is known of them', async () => {
    const one = await device('FW-10');
    one.lock(true);
    const id = await roll(await published(script('1.1.0', '', 1)), ['FW-10']);
    await services.until(async () => (await stepOf(id, 'FW-10')) === 'waiting');
    const looks = one.said.length;
    // Some looks later it still waits.
    await services.until(
      async () => (await stepOf(id, 'FW-10')) === 'waiting' && one.agent.program.version === '1.0.0',
    );
    expect([one.boot, one.said.length]).toEqual([1, looks]);
    one.lock(false);
    await services.until(async () => (await view(id)).state === 'completed', 60_000);
    expect(one.boot).toBe(2);
    expect(new Twistlocks().state).toBe('unknown');
  });

  it('is handed only to those whom a roll-out offers it, from any byte on', async () => {
    const artefact = script('1.4.0', '', firmwarePart + 1000);
    const firmware = await published(artefact, { version: '1.4.0' });
    const asked = await device('FW-11');
    asked.lock(true);
    const id = await roll(firmware, ['FW-11']);
    const identity = await readIdentity(asked.folder);
    const fetch = (who: Identity, range: string): Promise<{ status: number; body: Buffer }> =>
      new Promise((resolve, reject) => {
        const options = { ca: who.ca, key: who.key, cert: who.certificate, headers: { range }, agent: false as const };
        request(`${est()}/firmware/v1/artefact/${firmware}`, options, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        })
          .once('error', reject)
          .end();
      });
    const from = firmwarePart - 10;
    const part = await fetch(identity, `bytes=${from}-`);
    expect([part.status, part.body.equals(artefact.subarray(from))]).toEqual([206, true]);
    expect((await fetch(identity, `bytes=${artefact.length}-`)).status).toBe(416);
    const other = await readIdentity((await device('FW-12')).folder);
    expect((await fetch(other, 'bytes=0-')).status).toBe(404);
    expect((await fetch({ ca: identity.ca } as Identity, 'bytes=0-')).status).toBe(403);
    const foreign = { ...testAdministrator, org: 'org_other' };
    expect((await services.call('getRollout', { params: { id }, principal: foreign })).status).toBe(404);
    const stop = { params: { id }, body: { reason: 'enough' } };
    expect((await services.call('stopRollout', { ...stop, principal: foreign })).status).toBe(404);
    expect((await services.call('stopRollout', stop)).status).toBe(200);
    expect((await fetch(identity, 'bytes=0-')).status).toBe(404);
  });
});
