import 'reflect-metadata';
import type { Advice } from '@quaywatch/contracts';
import { keyId } from '@quaywatch/kernel';
import type { Browser } from '../../services/gateway/test/browser';
import { makeRequest } from '../../services/ingest/test/test-device';
import type { WholePlatform } from './whole-platform';

/** A terminal with one of everything. Names and ids of it are unlike any other text: they are what must not leak. */
export interface Place {
  readonly name: string;
  readonly org: string;
  readonly terminal: string;
  readonly crane: string;
  readonly spreader: string;
  readonly btu: string;
  /** A frame of its device in quarantine. */
  readonly frame: string;
  /** A burst of its device that was lost. */
  readonly burst: string;
  readonly finding: string;
  readonly alarm: string;
  /** Texts that only those may read who see this terminal. */
  readonly markers: readonly string[];
}

/** Makes a place through the API as its administrator, and what only machines make through log and tables. */
export async function makePlace(platform: WholePlatform, admin: Browser, org: string, name: string): Promise<Place> {
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const answer = await admin.json('POST', path, body);
    if (answer.status > 299) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text) as { id: string };
  };
  const { services } = platform;
  const terminalName = `Quay ${name}`;
  const { id: terminal } = await post('/v1/terminals', { name: terminalName, time_zone: 'Europe/Stockholm' });
  const { id: crane } = await post('/v1/cranes', { number: `STS-${name}`, terminal_id: terminal, type: 'sts' });
  const number = `SPR-${name}`;
  const { id: spreader } = await post('/v1/spreaders', {
    number,
    serial: `serial-${name}`,
    model: `model ${name}`,
    type: 'sts_twin',
    drive: 'hydraulic',
    terminal_id: terminal,
  });
  await post(`/v1/spreaders/${spreader}/assignments`, { crane_id: crane });
  const btu = `btu-${name}`;
  await post('/v1/devices', { btu, csr: (await makeRequest(btu)).csr });
  await post(`/v1/spreaders/${spreader}/btu`, { btu });

  const now = Date.now();
  const finding = keyId('finding', spreader, 'TL[1]', 'FM-02');
  const advice: Advice = {
    finding,
    spreader,
    component: 'TL[1]',
    failureMode: 'FM-02',
    title: `title ${name}`,
    level: 'plan',
    risk: 'production',
    confidence: 0.9,
    firstSeenAt: now,
    updatedAt: now,
    evidence: [],
    actions: [`action ${name}`],
    parts: [],
    skills: [],
    repairHours: 1,
    riskHours: 1,
    verification: 'lock time',
    causes: [{ failureMode: 'FM-02', component: 'TL[1]', title: `title ${name}`, probability: 1 }],
    reopened: { times: 0, because: null, at: null },
    remainingLife: null,
    provenance: { block: 'AG', algorithm: 'test', version: '1', inputs: [] },
  };
  const move = `mov_${name}`;
  await services.store('condition-analysis').transact(async (tx) => {
    await tx.query(
      `insert into finding (org, finding, spreader, status, level, risk_hours, updated_at, advice) values ($1, $2, $3, 'open', 'plan', 1, $4, $5)`,
      [org, finding, spreader, now, JSON.stringify(advice)],
    );
    await tx.query(
      `insert into move (org, move, spreader, started_at, locked_at, ended_at, class, result, boxes, teu, load, features)
       values ($1, $2, $3, $4, $4, $5, 'single40', 'completed', 1, 2, 21.5, '{}')`,
      [org, move, spreader, now - 90_000, now],
    );
    await tx.query(
      `insert into signal_minute (org, spreader, signal, minute, count, min, max, sum_micro) values ($1, $2, 'hyd.oilTemp', $3, 1, 41, 41, 41000000)`,
      [org, spreader, Math.floor(now / 60_000) * 60_000],
    );
  });
  await services.store('ingest').transact(async (tx) => {
    await tx.query(
      `insert into quarantine (org, id, btu, mqtt_topic, reason, raw_base64, received_at) values ($1, $2, $3, 't', $4, '', $5)`,
      [org, `qua_${name}`, btu, `reason ${name}`, now],
    );
    await tx.query(
      `insert into burst (org, id, spreader, btu, signal, trigger, start_at, rate, samples, lost_reason)
       values ($1, $2, $3, $4, 'vib.rms', 'snag', $5, 500, 100, $6)`,
      [org, `${btu}.b1`, spreader, btu, now, `reason ${name}`],
    );
  });
  await services.until(async () => {
    const rows = await services
      .store('alerting')
      .transact((tx) => tx.query('select 1 from place_spreader where spreader = $1 and crane = $2', [spreader, crane]));
    return rows.length > 0;
  });
  const alarm = await raiseAlarm(platform, { org, spreader, name, component: 'TL[1]' });
  return {
    name,
    org,
    terminal,
    crane,
    spreader,
    btu,
    frame: `qua_${name}`,
    burst: `${btu}.b1`,
    finding,
    alarm,
    // `-${name}` and ` ${name}` are in every number, serial, title and reason.
    markers: [terminal, crane, spreader, finding, alarm, move, `qua_${name}`, `-${name}`, ` ${name}`],
  };
}

let poisons = 0;

/** Appends an event of an organisation that no consumer can read; resolves with its dead letter in ingest. */
export async function poison(
  { services }: WholePlatform,
  { org, admin }: { org: string; admin: Browser },
): Promise<string> {
  const id = `evt_poison_${++poisons}_${org}`;
  const event = { id, type: 'btu-bound', v: 1, source: 'fleet', org, key: 'spr_poison', time: Date.now(), data: {} };
  await services.log.append('fleet', [{ event }]);
  return services.until(async () => {
    const { text } = await admin.get('/v1/services/ingest/dead-letters?limit=1000');
    const letters = (JSON.parse(text) as { data: { id: string; event_id: string | null }[] }).data;
    return letters.find((letter) => letter.event_id === id)?.id;
  });
}

/** Raises an alarm by the event that condition-analysis would send; resolves with its id when the API shows it. */
export async function raiseAlarm(
  { services }: WholePlatform,
  { org, spreader, name, component }: { org: string; spreader: string; name: string; component: string },
): Promise<string> {
  const now = Date.now();
  await services.log.append('condition', [
    {
      event: {
        id: `evt_${name}_${component}_${now}`,
        type: 'condition-changed',
        v: 1,
        source: 'condition-analysis',
        org,
        key: spreader,
        time: now,
        data: {
          spreader,
          component,
          failureMode: 'FM-02',
          level: 'plan',
          previous: 'ok',
          at: now,
          finding: keyId('finding', spreader, component, 'FM-02'),
          reason: `reason ${name}`,
        },
      },
    },
  ]);
  return services.until(async () => {
    const [row] = await services
      .store('alerting')
      .transact((tx) =>
        tx.query<{ alarm: string }>(
          `select alarm from alarm where spreader = $1 and subject->>'component' = $2 and state <> 'normal'`,
          [spreader, component],
        ),
      );
    return row?.alarm;
  });
}
