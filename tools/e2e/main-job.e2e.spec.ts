import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyWebhook } from '@quaywatch/adapters';
import type { SimulatedMode } from '@quaywatch/domain/simulator';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type APIResponse, type Browser, type Page } from 'playwright-core';
import { PlatformProcess, runTool } from './platform-process';
import { WebhookReceiver } from './webhook-receiver';

const log = process.env.E2E_LOG ?? 'postgres';
const data = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const minute = 60_000;

interface Finding {
  id: string;
  failure_mode: string;
  component: string;
  spreader_number: string;
  spreader_id: string;
  actions: string[];
  evidence: { signal: string }[];
}
interface Alarm {
  id: string;
  title: string;
  state: string;
  code: string;
  spreader_number: string;
  acknowledged_by: string | null;
}

/** The main job, as a person sees it, step by step on one platform: each step stands on the one before. */
describe(`the main job on ${log}`, () => {
  let folder: string;
  let platform: PlatformProcess;
  let receiver: WebhookReceiver;
  let browser: Browser;
  let page: Page;
  let secret: string;
  let environment: Record<string, string> = {
    ALLOW_PRIVATE_WEBHOOKS: 'true',
    ALERTING_LATE_AFTER_MINUTES: '10000',
    LOG_LEVEL: 'info',
  };
  let stopKafka: (() => Promise<void>) | undefined;
  let startedAt: number;
  let broken = false;

  /** A step that is not tried when one before it failed. */
  const step = (title: string, work: () => Promise<void>, limit: number): void =>
    it(
      title,
      async () => {
        if (broken) throw new Error('an earlier step failed');
        broken = true;
        await work();
        broken = false;
      },
      limit,
    );

  const until = async <T>(what: string, check: () => Promise<T | undefined | false>, limit: number): Promise<T> => {
    for (const end = Date.now() + limit; ;) {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      if (Date.now() > end) throw new Error(`${what}: not within ${limit / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const read = async (answer: APIResponse): Promise<unknown> => {
    if (!answer.ok()) throw new Error(`${answer.url()}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  const get = async <T>(path: string): Promise<T> => {
    // As any client does: 503 says that the platform is busy and to come again.
    for (const end = Date.now() + 30_000; ;) {
      const answer = await page.request.get(`${platform.url}${path}`);
      if (answer.status() !== 503 || Date.now() > end) return (await read(answer)) as T;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  const post = async <T>(path: string, body: object): Promise<T> =>
    (await read(
      await page.request.post(`${platform.url}${path}`, {
        data: body,
        headers: { 'X-CSRF': '1', Origin: platform.url },
      }),
    )) as T;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quaywatch-e2e-'));
    await chmod(folder, 0o755);
    if (log === 'kafka') {
      const { startKafka } = await import('../../deploy/kafka/local/start-kafka.mjs');
      const kafka = await startKafka({ dataDir: join(folder, 'kafka') });
      stopKafka = () => kafka.stop();
      environment = { ...environment, EVENT_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') };
    }
    receiver = await WebhookReceiver.start();
    browser = await chromium.launch({
      executablePath: chromiumPath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
    startedAt = Date.now();
    platform = await PlatformProcess.start(join(folder, 'data'), environment);
  }, 5 * minute);

  afterAll(async () => {
    if (broken) process.stderr.write(`${platform?.output ?? ''}\n`);
    await browser?.close();
    await platform?.kill();
    await receiver?.stop();
    await stopKafka?.();
    await rm(folder, { recursive: true, force: true });
  }, 2 * minute);

  step(
    'prints the address and a one-time link within 60 s, and the first administrator signs in',
    async () => {
      const [, link] = await platform.printed(/(http:\/\/\S+\/oidc\/invitation\/\S+)/, minute);
      expect(Date.now() - startedAt).toBeLessThan(minute);
      page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
      await page.goto(link as string);
      await page.fill('[name=name]', 'Ada Lind');
      await page.fill('[name=email]', 'ada@example.com');
      await page.fill('[name=password]', 'a long enough password');
      await page.click('button[type=submit]');
      await page.goto(`${platform.url}/auth/login`);
      if (page.url().includes('/oidc/')) {
        await page.fill('[name=email]', 'ada@example.com');
        await page.fill('[name=password]', 'a long enough password');
        await page.click('button[type=submit]');
      }
      await page.waitForURL(`${platform.url}/`);
      const me = await get<{ email: string; roles: { role: string }[] }>('/v1/me');
      expect(me.email).toBe('ada@example.com');
      expect(me.roles.map((role) => role.role)).toEqual(['administrator']);
      const endpoint = await post<{ secret: string }>('/v1/webhook-endpoints', { url: receiver.url });
      secret = endpoint.secret;
    },
    3 * minute,
  );

  step(
    'shows 24 spreaders, live',
    async () => {
      await platform.printed(/Ready after/, 2 * minute);
      await page.goto(`${platform.url}/fleet`);
      await page.getByRole('link', { name: 'SPR-0101' }).waitFor({ timeout: minute });
      const spreaders = await get<{ data: { number: string }[] }>('/v1/spreaders?limit=100');
      expect(spreaders.data).toHaveLength(24);
      await until(
        'devices on line',
        async () => {
          const { data: list } = await get<{ data: { connection: string }[] }>('/v1/spreaders?limit=100');
          return list.filter((spreader) => spreader.connection === 'online').length >= 20;
        },
        2 * minute,
      );
    },
    5 * minute,
  );

  step(
    'within 5 minutes names at least three of the developing faults in their components, and nothing on healthy ones',
    async () => {
      const truth = JSON.parse(await readFile(join(folder, 'data', 'demo', 'truth.json'), 'utf8')) as {
        spreader: string;
        component: string;
        mode: SimulatedMode;
      }[];
      const found = await until(
        'three findings',
        async () => {
          const { data: findings } = await get<{ data: Finding[] }>('/v1/findings?limit=100');
          const right = findings.filter((f) =>
            truth.some(
              (t) => t.spreader === f.spreader_number && t.mode === f.failure_mode && t.component === f.component,
            ),
          );
          return right.length >= 3 && { findings, right };
        },
        5 * minute - (Date.now() - startedAt),
      );
      expect(Date.now() - startedAt).toBeLessThan(5 * minute);
      const sick = new Set(truth.map((t) => t.spreader));
      expect(found.findings.filter((finding) => !sick.has(finding.spreader_number))).toEqual([]);
      for (const finding of found.right) {
        expect(finding.actions.length).toBeGreaterThan(0);
        expect(finding.evidence.length).toBeGreaterThan(0);
      }
      await page.goto(`${platform.url}/`);
      await page.getByRole('link', { name: found.right[0]?.spreader_number }).first().waitFor({ timeout: minute });
      const first = found.right[0] as Finding;
      const [from, to] = [new Date(Date.now() - 3 * 86_400_000).toISOString(), new Date().toISOString()];
      const series = await get<{ series: { raw_points: number }[] }>(
        `/v1/spreaders/${first.spreader_number}/series?signals=${encodeURIComponent(first.evidence[0]?.signal ?? '')}&from=${from}&to=${to}`,
      );
      expect(series.series[0]?.raw_points).toBeGreaterThan(0);
    },
    6 * minute,
  );

  step(
    'sends each alarm to the partner, signed',
    async () => {
      const raised = await until(
        'a webhook',
        () => Promise.resolve(receiver.received.find(({ body }) => body.includes('alarm.raised'))),
        2 * minute,
      );
      const verified = verifyWebhook({
        secret,
        headers: raised.headers as Record<string, string>,
        body: raised.body,
        now: Math.floor(Date.now() / 1000),
      });
      expect(verified).toBe(true);
      expect(() => JSON.parse(raised.body) as unknown).not.toThrow();
      expect(
        verifyWebhook({
          secret,
          headers: raised.headers as Record<string, string>,
          body: raised.body.replace('raised', 'closed'),
          now: Math.floor(Date.now() / 1000),
        }),
      ).toBe(false);
    },
    3 * minute,
  );

  step(
    'lets the engineer take an alarm in the browser, and tells the partner',
    async () => {
      await page.goto(`${platform.url}/alarms`);
      await page
        .getByRole('button', { name: /^Take it/ })
        .first()
        .click();
      const taken = await until(
        'an alarm taken',
        async () => {
          const { data: alarms } = await get<{ data: Alarm[] }>('/v1/alarms?limit=100');
          return alarms.find((alarm) => alarm.state === 'acknowledged');
        },
        minute,
      );
      const me = await get<{ id: string }>('/v1/me');
      expect(taken.acknowledged_by).toBe(me.id);
      await until(
        'webhook of the taking',
        () => Promise.resolve(receiver.received.some(({ body }) => body.includes('alarm.taken'))),
        minute,
      );
      await until(
        'audit entry',
        async () => {
          const { data: entries } = await get<{
            data: { action: string; actor: { id: string }; target: { id: string } }[];
          }>('/v1/audit-events?limit=200');
          return entries.some((entry) => entry.target.id === taken.id && entry.actor.id === me.id);
        },
        minute,
      );
    },
    3 * minute,
  );

  step(
    'proves the audit log whole',
    async () => {
      const verification = await until(
        'a signed checkpoint',
        async () => {
          const answer = await get<{
            whole: boolean;
            entries: number;
            checkpoint: { valid: boolean; entries: number } | null;
          }>('/v1/audit-events/verification');
          return answer.checkpoint !== null && answer;
        },
        2 * minute,
      );
      expect(verification.whole).toBe(true);
      expect(verification.checkpoint?.valid).toBe(true);
      expect(verification.entries).toBeGreaterThan(50);
    },
    3 * minute,
  );

  for (const [set, part, model] of [
    ['skab', 'valve1/10.csv', 'Water pump test bed'],
    ['ur3-cobotops', 'ur3.csv', 'UR3 with gripper'],
  ] as const) {
    step(
      `takes recorded data (${set}) in through MQTT, complete`,
      async () => {
        if (!existsSync(data)) {
          if (process.env.CI === 'true') throw new Error(`recorded data are missing: ${data}`);
          process.stderr.write(`skipped: there are no recorded data in ${data}\n`);
          return;
        }
        const btu = `REPLAY-${set.toUpperCase()}`;
        const dir = join(folder, btu);
        const { data: terminals } = await get<{ data: { id: string }[] }>('/v1/terminals');
        const spreader = await post<{ id: string }>('/v1/spreaders', {
          number: btu,
          serial: btu,
          model,
          type: 'other',
          drive: 'electric',
          terminal_id: terminals[0]?.id,
        });
        const long = new Date(Date.now() - 30 * 86_400_000).toISOString();
        await post(`/v1/spreaders/${spreader.id}/btu`, { btu, from: long });
        expect(await runTool('btu', ['identity', '--dir', dir, '--serial', btu])).toMatchObject({ code: 0 });
        const enrolled = await runTool('platform', [
          'device',
          'enrol',
          '--btu',
          btu,
          '--csr',
          join(dir, 'request.pem'),
          '--out',
          dir,
          '--data-dir',
          join(folder, 'data'),
        ]);
        expect(enrolled).toMatchObject({ code: 0 });
        const replayed = await runTool('btu', [
          'replay',
          '--url',
          platform.mqttUrl,
          '--dir',
          dir,
          '--serial',
          btu,
          '--set',
          set,
          '--file',
          part,
          '--data',
          data,
        ]);
        expect(replayed).toMatchObject({ code: 0 });
        const sent = JSON.parse(replayed.stdout) as {
          rows: number;
          frames: number;
          samples: number;
          alarmsRaised: number;
          alarmsCleared: number;
        };
        const signals = set === 'skab' ? ['hyd.press', 'pump.current', 'vib.rms'] : ['eld[1].current', 'eld[1].temp'];
        const [from, to] = [
          new Date(Date.now() - 86_400_000 * 20).toISOString(),
          new Date(Date.now() + minute).toISOString(),
        ];
        await until(
          'all samples in the view',
          async () => {
            const answer = await get<{ series: { raw_points: number }[] }>(
              `/v1/spreaders/${btu}/series?signals=${encodeURIComponent(signals.join(','))}&from=${from}&to=${to}`,
            );
            // Every row is there; only empty cells of the record are not.
            return answer.series.every(
              (series) => series.raw_points <= sent.rows && series.raw_points >= 0.95 * sent.rows,
            );
          },
          2 * minute,
        );
        if (set === 'ur3-cobotops') {
          expect(sent.alarmsRaised).toBe(sent.alarmsCleared);
          // A raise while the last one is not taken yet is the same alarm again (ISA-18.2): episodes are what partners hear.
          const episodes = (type: string): number =>
            new Set(
              receiver.received
                .filter(({ body }) => body.includes(`"${type}"`) && body.includes(btu))
                .filter(({ body }) => /Robot_ProtectiveStop|grip_lost/.test(body))
                .map(({ headers }) => headers['webhook-id']),
            ).size;
          await until(
            'alarm episodes',
            () =>
              Promise.resolve(
                episodes('alarm.raised') >= sent.alarmsRaised && episodes('alarm.closed') >= sent.alarmsCleared,
              ),
            2 * minute,
          );
          expect(episodes('alarm.raised')).toBe(sent.alarmsRaised);
        } else {
          // The label of the record (which was not sent) has one anomaly.
          const findings = await until(
            'an advisory',
            async () => {
              const answer = await get<{ data: Finding[] }>(`/v1/findings?status=all&spreader=${spreader.id}`);
              return answer.data.length > 0 && answer.data;
            },
            minute,
          );
          expect(findings).toHaveLength(1);
        }
      },
      6 * minute,
    );
  }

  step(
    'stops on Ctrl-C within 10 s with nothing left behind, and a second start goes on from what is stored',
    async () => {
      const before = await get<{ data: Finding[] }>('/v1/findings?limit=100');
      const { code, took } = await platform.interrupt();
      expect(code).toBe(0);
      expect(took).toBeLessThan(10_000);
      const { stdout } = await new Promise<{ stdout: string }>((resolve) => {
        void import('node:child_process').then(({ execFile }) =>
          execFile('ps', ['-eo', 'args'], (_error, output) => resolve({ stdout: output })),
        );
      });
      expect(stdout.split('\n').filter((line) => line.includes(folder) && !line.includes('kafka'))).toEqual([]);
      const url = new URL(platform.url);
      const mqtt = new URL(platform.mqttUrl);
      platform = await PlatformProcess.start(join(folder, 'data'), environment, {
        http: Number(url.port),
        mqtt: Number(mqtt.port),
      });
      await platform.printed(/Ready after/, minute);
      expect(platform.output).not.toContain('/oidc/invitation/');
      const after = await get<{ data: Finding[] }>('/v1/findings?limit=100');
      const ids = after.data.map((finding) => finding.id);
      expect(ids).toEqual(expect.arrayContaining(before.data.map((finding) => finding.id)));
    },
    4 * minute,
  );

  step(
    'rebuilds the condition view from the log to identical rows',
    async () => {
      await platform.interrupt();
      const rebuilt = await runTool(
        'platform',
        ['replay', '--view', 'condition', '--verify', '--data-dir', join(folder, 'data')],
        environment,
      );
      process.stderr.write(rebuilt.stderr);
      expect(rebuilt).toMatchObject({ code: 0 });
      expect(rebuilt.stderr).toContain('Every row is as before.');
    },
    8 * minute,
  );
});
