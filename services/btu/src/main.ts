import { describeError, Fault } from '@quaywatch/kernel';
import { Command } from 'commander';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BtuClient } from './client/btu-client';
import { FrameBuffer } from './client/frame-buffer';
import { EstClient } from './client/est-client';
import { endOf, installCertificate, readIdentity, signingRequest } from './client/identity';
import { Renewal } from './client/renewal';
import { readRecording, recordingFiles } from './replay/read-recording';
import { readReplaySet } from './replay/replay-map';
import { replay } from './replay/replay';
import { RunningDevice } from './simulate/run-device';

const program = new Command('quaywatch-btu').description('A BTU: the device side of Quaywatch').showHelpAfterError();

program
  .command('identity')
  .description('make a key (stays in the folder) and a certificate signing request')
  .requiredOption('--dir <folder>', 'folder of the device')
  .requiredOption('--serial <serial>', 'serial of the BTU')
  .action(async (options: { dir: string; serial: string }) => {
    await signingRequest(options.dir, options.serial);
    process.stderr.write(
      `${join(options.dir, 'request.pem')} is ready: quaywatch device enrol --btu ${options.serial} --csr ${join(options.dir, 'request.pem')} --out ${options.dir}\n`,
    );
  });

program
  .command('enrol')
  .description('get the first certificate from the platform by a one-time claim code (EST)')
  .requiredOption('--est <url>', 'https://host:port')
  .requiredOption('--dir <folder>', 'folder of the device')
  .requiredOption('--serial <serial>', 'serial of the BTU')
  .requiredOption('--claim <code>', 'claim code of "quaywatch device claim"')
  .requiredOption('--root <sha256>', 'SHA-256 of the root of the platform, as "quaywatch device claim" tells it')
  .action(async (options: { est: string; dir: string; serial: string; claim: string; root: string }) => {
    const est = new EstClient(options.est);
    const csr = await signingRequest(options.dir, options.serial);
    const ca = await est.rootsByFingerprint(options.root);
    await installCertificate(options.dir, await est.enrol(ca, options.serial, options.claim, csr), ca);
    const identity = await readIdentity(options.dir);
    process.stderr.write(`${options.serial} is enrolled until ${new Date(endOf(identity)).toISOString()}\n`);
  });

program
  .command('renew')
  .description('get a new certificate by the present one, now (EST)')
  .requiredOption('--est <url>', 'https://host:port')
  .requiredOption('--dir <folder>', 'folder of the device')
  .requiredOption('--serial <serial>', 'serial of the BTU')
  .action(async (options: { est: string; dir: string; serial: string }) => {
    const identity = await readIdentity(options.dir);
    const { dir: folder, serial, est: url } = options;
    let end = 0;
    const renewal = new Renewal({ url, serial, folder, identity, onRenewed: (renewed) => (end = endOf(renewed)) });
    await renewal.renew();
    await renewal.stop();
    process.stderr.write(`${serial} has a certificate until ${new Date(end).toISOString()}\n`);
  });

program
  .command('simulate')
  .description('a simulated spreader that sends its history and then goes on in real time, until Ctrl-C')
  .requiredOption('--url <url>', 'mqtts://host:port')
  .requiredOption('--dir <folder>', 'folder with key.pem, certificate.pem and chain.pem')
  .requiredOption('--serial <serial>', 'serial of the BTU')
  .option('--seed <number>', 'seed of the spreader', Number, 1)
  .option('--history <hours>', 'hours of stored history', Number, 0)
  .option('--est <url>', 'enrolment server (https://host:port): renews the certificate there by itself')
  .option(
    '--firmware-keys <file>',
    'public keys (PEM) of publishers: takes firmware of theirs that is rolled out, over --est',
  )
  .action(
    async (options: {
      url: string;
      dir: string;
      serial: string;
      seed: number;
      history: number;
      est?: string;
      firmwareKeys?: string;
    }) => {
      const device = await RunningDevice.start({
        url: options.url,
        btu: options.serial,
        spreader: options.serial,
        seed: options.seed,
        faults: [],
        folder: options.dir,
        historyFrom: Date.now() - options.history * 3_600_000,
        silentAt: null,
        est: options.est,
        ...(options.firmwareKeys ? { firmwareKeys: await readFile(options.firmwareKeys, 'utf8') } : {}),
        onEvent: (event, detail) => process.stderr.write(`${event}: ${detail}\n`),
      });
      const stop = (): void => void device.stop().then(() => process.exit(0));
      process.once('SIGINT', stop);
      process.once('SIGTERM', stop);
    },
  );

program
  .command('replay')
  .description('send recorded data of a folder with a replay-map.json as this device')
  .requiredOption('--url <url>', 'mqtts://host:port')
  .requiredOption('--dir <folder>', 'folder with key.pem, certificate.pem and chain.pem')
  .requiredOption('--serial <serial>', 'serial of the BTU')
  .requiredOption('--set <name>', 'set of the map, e.g. skab')
  .option('--data <folder>', 'folder of the data', '../shared/data')
  .option('--file <part>', 'only files whose path has this part')
  .option('--speed <factor>', 'times real time, or "max"', 'max')
  .action(
    async (options: {
      url: string;
      dir: string;
      serial: string;
      set: string;
      data: string;
      file?: string;
      speed: string;
    }) => {
      const entry = await readReplaySet(options.data, options.set);
      const file = recordingFiles(options.data, options.set).find((path) => path.includes(options.file ?? ''));
      if (!file)
        throw new Fault(
          'RECORDING',
          `no data file of ${options.set}${options.file ? ` with ${options.file}` : ''} in ${options.data}`,
        );
      const speed = options.speed === 'max' ? Infinity : Number(options.speed);
      if (!(speed > 0)) throw new Fault('SPEED', '--speed must be a number above 0, or "max"');
      const recording = await readRecording(options.data, options.set, file, entry);
      mkdirSync(options.dir, { recursive: true });
      const client = new BtuClient({
        url: options.url,
        serial: options.serial,
        spreader: null,
        firmware: 'replay 1.0',
        signals: recording.columns.map(({ signal, unit }) => ({ signal, unit: unit.slice(0, 32) })),
        identity: await readIdentity(options.dir),
        buffer: new FrameBuffer(join(options.dir, 'buffer')),
        onEvent: (event, detail) => process.stderr.write(`${event}: ${detail}\n`),
      });
      client.start();
      const startedAt = Date.now();
      const count = await replay(recording, client, {
        endAt: startedAt + (speed === Infinity ? 0 : (recording.rows.at(-1)?.at ?? 0) * (1 / speed)),
        events: entry.events ?? {},
        wait: (passed) => {
          const left = speed === Infinity ? 0 : passed / speed - (Date.now() - startedAt);
          return left <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, left));
        },
      });
      await client.drained();
      await client.stop();
      process.stdout.write(`${JSON.stringify({ file, ...count })}\n`);
    },
  );

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`quaywatch-btu: ${describeError(error)}\n`);
  process.exit(1);
});
