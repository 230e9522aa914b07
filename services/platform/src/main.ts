import { describeError, Fault } from '@quaywatch/kernel';
import { Command, InvalidArgumentError } from 'commander';

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Give a whole number.');
  return value;
};

// Commands are loaded when used, so that --help answers at once.
const program = new Command('quaywatch')
  .description('Condition monitoring for container-crane spreaders')
  .showHelpAfterError();

program
  .command('start', { isDefault: true })
  .description('run the whole platform on this machine')
  .option('--data-dir <folder>', 'where everything is kept', '.quaywatch')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <port>', 'portal and API', number, 8080)
  .option('--mqtt-port <port>', 'devices (MQTT over mutual TLS)', number, 8883)
  .option('--est-port <port>', 'enrolment of devices (EST over TLS); off unless given', number)
  .option('--public-url <url>', 'address people use (https, or loopback)')
  .option('--no-demo', 'without the 24 simulated spreaders')
  .option('--sandbox', 'with a sandbox for partners: an organisation of its own with 24 simulated spreaders', false)
  .option('--seed <number>', 'seed of the simulated spreaders', number, 7)
  .action(async (options) => (await import('./commands/start-command')).startCommand(options));

const device = program.command('device').description('devices (BTUs)');
device
  .command('enrol')
  .description('admit a BTU and issue its certificate from a certificate signing request')
  .requiredOption('--btu <serial>', 'serial of the BTU, as in the request')
  .requiredOption('--csr <file>', 'certificate signing request, PEM')
  .option('--out <folder>', 'writes certificate.pem and chain.pem there; otherwise to standard output')
  .option('--data-dir <folder>', 'data folder of the running platform', '.quaywatch')
  .action(async (options) => (await import('./commands/enrol-command')).enrolCommand(options));

const dataDir = ['--data-dir <folder>', 'data folder of the running platform', '.quaywatch'] as const;
const deviceCommands = () => import('./commands/device-commands');

device
  .command('list')
  .description('every BTU, one line each: serial, state, connection, end of its certificate, spreader')
  .option('--state <state>', 'only these, e.g. pending or quarantined')
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).listCommand(options));
device
  .command('show')
  .description('what is known of a BTU')
  .requiredOption('--btu <serial>', 'serial of the BTU')
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).showCommand(options));
for (const [name, route, description] of [
  ['approve', 'approveDevice', 'let a BTU in that came by itself with a certificate of a registered CA'],
  ['reject', 'rejectDevice', 'turn away a BTU that came by itself'],
  ['quarantine', 'quarantineDevice', 'let a BTU connect no more until it is released'],
  ['release', 'releaseDevice', 'let a BTU in quarantine connect again'],
  ['revoke', 'revokeDevice', 'revoke every certificate of a BTU and cut its session'],
] as const)
  device
    .command(name)
    .description(description)
    .requiredOption('--btu <serial>', 'serial of the BTU')
    .requiredOption('--reason <text>', 'why, for the audit trail')
    .option(...dataDir)
    .action(async (options) => (await deviceCommands()).decideCommand(route, options));
device
  .command('send')
  .description('ask a BTU for something: configuration, request_burst, rebirth, upload_log; never a movement')
  .requiredOption('--btu <serial>', 'serial of the BTU')
  .requiredOption('--kind <kind>', 'what')
  .option('--parameters <json>', 'parameters of the kind', '{}')
  .option('--minutes <number>', 'how long it waits for the BTU', number, 60)
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).sendCommand(options));
device
  .command('commands')
  .description('what a BTU was asked for, and what became of it')
  .requiredOption('--btu <serial>', 'serial of the BTU')
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).commandsCommand(options));
device
  .command('replay')
  .description('decode frames in quarantine again, after a fix')
  .option('--frame <id>', 'id of one frame')
  .option('--btu <serial>', 'all of this BTU')
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).replayFramesCommand(options));
device
  .command('complete')
  .description('until when the data of a spreader are complete, and what is missing')
  .requiredOption('--spreader <id>', 'id of the spreader')
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).completeCommand(options));
device
  .command('moves')
  .description('moves made of signals beside those that the device counted itself')
  .requiredOption('--spreader <id>', 'id of the spreader')
  .option('--days <number>', 'of how many days back, at most 31', number, 1)
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).movesCommand(options));
device
  .command('refusals')
  .description('what was refused, delayed or dropped at the device ports, by cause')
  .option('--hours <number>', 'of how many hours back, at most 744', number, 24)
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).refusalsCommand(options));

const ca = program.command('ca').description('certificate authorities of the devices');
ca.command('list')
  .description('the issuing CAs and the registered ones')
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).authorityCommand({ ...options, act: 'list' }));
ca.command('rotate')
  .description('make a new issuing CA; the old ones stay trusted')
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).authorityCommand({ ...options, act: 'rotate' }));
ca.command('register')
  .description('trust the CA of somebody else; its devices wait for approval')
  .requiredOption('--file <file>', 'its certificate, PEM')
  .requiredOption('--name <text>', 'what to call it')
  .requiredOption('--quota <number>', 'most devices that may come by themselves', number)
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).authorityCommand({ ...options, act: 'register' }));
ca.command('retire')
  .description('trust a CA no more')
  .requiredOption('--id <id>', 'id of the CA')
  .requiredOption('--reason <text>', 'why, for the audit trail')
  .option(...dataDir)
  .action(async (options) => (await deviceCommands()).authorityCommand({ ...options, act: 'retire' }));

const firmware = program.command('firmware').description('firmware of devices');
const firmwareCommands = () => import('./commands/firmware-command');
firmware
  .command('sign')
  .description('make and sign the manifest of an artefact, with the key of the publisher (Ed25519 or EC, PEM)')
  .requiredOption('--file <file>', 'artefact')
  .requiredOption('--key <file>', 'private key of the publisher')
  .requiredOption('--model <model>', 'hardware it is made for')
  .requiredOption('--firmware <version>', 'major.minor.patch')
  .requiredOption('--out <file>', 'where the signed manifest goes')
  .option('--rollback', 'may take the place of a newer version')
  .option('--notes <text>', 'for people', '')
  .action(async (options) => (await firmwareCommands()).signFirmwareCommand(options));
firmware
  .command('publish')
  .description('hand in a signed manifest and its artefact')
  .requiredOption('--manifest <file>', 'signed manifest')
  .requiredOption('--file <file>', 'artefact')
  .option(...dataDir)
  .action(async (options) => (await firmwareCommands()).publishFirmwareCommand(options));
firmware
  .command('list')
  .description('firmware that is here, newest first')
  .option(...dataDir)
  .action(async (options) => (await firmwareCommands()).listFirmwareCommand(options));

const rollout = program.command('rollout').description('roll-outs of firmware, group by group');
rollout
  .command('start')
  .description('roll a firmware out to devices, or to all of a terminal: 5, 25, then 100 %')
  .requiredOption('--firmware <id>', 'id of the firmware')
  .option('--devices <serials>', 'comma-separated, in the order of the groups')
  .option('--terminal <id>', 'instead of devices')
  .option(...dataDir)
  .action(async (options) => (await firmwareCommands()).rolloutCommand({ ...options, act: 'start' }));
rollout
  .command('list')
  .description('roll-outs, newest first')
  .option(...dataDir)
  .action(async (options) => (await firmwareCommands()).rolloutCommand({ ...options, act: 'list' }));
for (const [act, description] of [
  ['show', 'how far each device is'],
  ['advance', 'open the next group now'],
] as const)
  rollout
    .command(act)
    .description(description)
    .requiredOption('--id <id>', 'id of the roll-out')
    .option(...dataDir)
    .action(async (options) => (await firmwareCommands()).rolloutCommand({ ...options, act }));
rollout
  .command('stop')
  .description('offer it to no further device')
  .requiredOption('--id <id>', 'id of the roll-out')
  .requiredOption('--reason <text>', 'why, for the audit trail')
  .option(...dataDir)
  .action(async (options) => (await firmwareCommands()).rolloutCommand({ ...options, act: 'stop' }));

device
  .command('claim')
  .description('a one-time code with which a BTU gets its first certificate by itself')
  .requiredOption('--btu <serial>', 'serial of the BTU')
  .option('--hours <number>', 'how long it is good', number, 72)
  .option('--out <folder>', 'writes chain.pem, which the device must trust, there')
  .option('--data-dir <folder>', 'data folder of the running platform', '.quaywatch')
  .action(async (options) => (await import('./commands/claim-command')).claimCommand(options));

program
  .command('replay')
  .description('rebuild a view from the event log beside the one in use, and swap; the platform may go on running')
  .requiredOption('--view <consumer>', 'e.g. condition')
  .option('--verify', 'only compare every row with the view in use; exit 3 when they differ', false)
  .option('--as-of <time>', 'write the view as it was known at this time to standard output, one JSON object a line')
  .option('--data-dir <folder>', 'data folder', '.quaywatch')
  .action(async (options) => (await import('./commands/replay-command')).replayCommand(options));

const archive = program.command('archive').description('telemetry in the object store (Parquet)');
archive
  .command('seal')
  .description('archive every hour that is over; run it from a timer')
  .option('--data-dir <folder>', 'data folder', '.quaywatch')
  .action(async (options) => (await import('./commands/archive-command')).sealCommand(options));
archive
  .command('compact')
  .description('merge the hours of each day that is over; what runs the platform does it by itself')
  .option('--data-dir <folder>', 'data folder', '.quaywatch')
  .action(async (options) => (await import('./commands/archive-command')).compactCommand(options));
archive
  .command('verify')
  .description('look at every checksum; exit 3 when something is damaged')
  .option('--data-dir <folder>', 'data folder', '.quaywatch')
  .action(async (options) => (await import('./commands/archive-command')).verifyCommand(options));
archive
  .command('export')
  .description('one signal of one spreader to standard output, one JSON object a line')
  .requiredOption('--org <id>', 'organisation')
  .requiredOption('--spreader <id>', 'spreader')
  .requiredOption('--signal <id>', 'e.g. hyd.press')
  .requiredOption('--from <time>', 'RFC 3339')
  .requiredOption('--to <time>', 'RFC 3339')
  .option('--data-dir <folder>', 'data folder', '.quaywatch')
  .action(async (options) => (await import('./commands/archive-command')).exportCommand(options));
archive
  .command('retention')
  .description('remove what is older than a policy says, except under a legal hold')
  .requiredOption(
    '--policy <file>',
    'JSON: {"days": {"org_…": 400}, "holds": [{"org": …, "spreader": …, "reason": …}]}',
  )
  .option('--data-dir <folder>', 'data folder', '.quaywatch')
  .action(async (options) => (await import('./commands/archive-command')).retentionCommand(options));

program
  .command('doctor')
  .description('compare device sequences, log, archive and (--deep) every view, row by row; exit 3 on a difference')
  .option('--deep', 'rebuild every view and compare all rows', false)
  .option('--data-dir <folder>', 'data folder', '.quaywatch')
  .action(async (options) => (await import('./commands/doctor-command')).doctorCommand(options));

program
  .command('restored')
  .description(
    'after the database was restored from a backup, before the start: squares it with a log that is ahead of it',
  )
  .option('--data-dir <folder>', 'data folder', '.quaywatch')
  .action(async (options) => (await import('./commands/restored-command')).restoredCommand(options));

program
  .command('metrics')
  .description('what each service tells Prometheus: lag, rebalances, time of appends, dead letters, outbox')
  .option('--grep <text>', 'only lines with this text, e.g. lag')
  .option('--data-dir <folder>', 'data folder of the running platform', '.quaywatch')
  .action(async (options) => (await import('./commands/metrics-command')).metricsCommand(options));

const letters = program
  .command('dead-letters')
  .description('events that a service could not handle: look, correct, hand over again');
letters
  .command('list')
  .description('one JSON object a line, newest first; counts for each topic to standard error')
  .option('--service <name>', 'only this service')
  .option('--topic <topic>', 'only this topic')
  .option('--state <state>', 'waiting, released, discarded or all', 'waiting')
  .option('--data-dir <folder>', 'data folder of the running platform', '.quaywatch')
  .action(async (options) => (await import('./commands/dead-letters-command')).listCommand(options));
letters
  .command('show')
  .description('the event, why it failed, and what led to it')
  .argument('<service>')
  .argument('<id>')
  .option('--event', 'only the event (or its replacement), ready to be corrected and given to `fix`', false)
  .option('--data-dir <folder>', 'data folder of the running platform', '.quaywatch')
  .action(async (...given) =>
    (await import('./commands/dead-letters-command')).showCommand(given[0], given[1], given[2]),
  );
letters
  .command('fix')
  .description('put a corrected event in its place; organisation, key and id must stay')
  .argument('<service>')
  .argument('<id>')
  .requiredOption('--event <file>', 'JSON file with the whole corrected event; - reads standard input')
  .requiredOption('--reason <text>', 'why; goes to the audit trail')
  .option('--data-dir <folder>', 'data folder of the running platform', '.quaywatch')
  .action(async (...given) =>
    (await import('./commands/dead-letters-command')).fixCommand(given[0], given[1], given[2]),
  );
letters
  .command('release')
  .description('hand it (or its replacement) to the consumer again; exit 3 when it fails again')
  .argument('<service>')
  .argument('<ids...>')
  .requiredOption('--reason <text>', 'why; goes to the audit trail')
  .option('--data-dir <folder>', 'data folder of the running platform', '.quaywatch')
  .action(async (...given) =>
    (await import('./commands/dead-letters-command')).decideCommand('releaseDeadLetter', given[0], given[1], given[2]),
  );
letters
  .command('discard')
  .description('decide that it will not be handled; it stays readable')
  .argument('<service>')
  .argument('<ids...>')
  .requiredOption('--reason <text>', 'why; goes to the audit trail')
  .option('--data-dir <folder>', 'data folder of the running platform', '.quaywatch')
  .action(async (...given) =>
    (await import('./commands/dead-letters-command')).decideCommand('discardDeadLetter', given[0], given[1], given[2]),
  );

program
  .command('prepare')
  .description('make schemas, roles and secrets for services that run in containers')
  .requiredOption('--database <url>', 'administrator of the database, without password')
  .option('--username-file <file>', 'user name, when it is not in the URL')
  .requiredOption('--password-file <file>', 'password of the administrator')
  .requiredOption('--secrets <folder>', 'one folder per service')
  .option('--s3-config <file>', 'object store keys in SeaweedFS form')
  .option('--read-only', 'secrets are mounted and must all be there', false)
  .option('--owner <uid:gid>', 'who the secrets are for')
  .action(async (options) => (await import('./commands/prepare-command')).prepareCommand(options));

const secrets = program.command('secrets').description('secrets of the services');
secrets
  .command('make')
  .description('make the secrets of every service, one folder each, for mounting')
  .requiredOption('--out <folder>', 'where to')
  .option('--release <name>', 'name of the Helm release', 'quaywatch')
  .action(async (options) => (await import('./commands/prepare-command')).makeSecretsCommand(options));
secrets
  .command('tls')
  .description('make or renew the certificates between services, in folders that secrets make has made')
  .requiredOption('--out <folder>', 'where they are')
  .option('--release <name>', 'name of the Helm release', 'quaywatch')
  .action(async (options) => (await import('./commands/prepare-command')).internalTlsCommand(options));

program
  .command('demo')
  .description('enrol 24 simulated spreaders at a running platform and stream them')
  .requiredOption('--mqtt <url>', 'mqtts://host:port')
  .requiredOption('--dir <folder>', 'identities and buffers of the devices')
  .option('--seed <number>', 'seed', number, 7)
  .action(async (options) => (await import('./commands/demo-command')).demoCommand('demo', options));

const sandbox = program.command('sandbox').description('the sandbox of partners');
sandbox
  .command('simulate', { isDefault: true })
  .description('enrol its 24 simulated spreaders at a running platform, stream them and play scenarios')
  .requiredOption('--mqtt <url>', 'mqtts://host:port')
  .requiredOption('--dir <folder>', 'identities and buffers of the devices')
  .option('--seed <number>', 'seed', number, 7)
  .action(async (options) => (await import('./commands/demo-command')).demoCommand('sandbox', options));
sandbox
  .command('scenarios')
  .description('what can be made to happen')
  .option(...dataDir)
  .action(async (options) => (await import('./commands/sandbox-command')).scenariosCommand(options));
sandbox
  .command('run')
  .description('make a scenario happen, and tell how it went')
  .argument('<scenario>', 'fault, offline, alarm_flood, firmware or clean')
  .option('--spreader <number>', 'by default one that is well')
  .option(...dataDir)
  .action(async (scenario, options) =>
    (await import('./commands/sandbox-command')).runScenarioCommand(scenario, options),
  );

program.parseAsync().catch((error: unknown) => {
  const code = error instanceof Fault ? ` [${error.code}]` : '';
  process.stderr.write(`quaywatch: ${describeError(error)}${code}\n`);
  process.exit(1);
});
