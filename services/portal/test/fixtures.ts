import type {
  Alarm,
  Crane,
  Finding,
  Health,
  Level,
  Move,
  Series,
  Spreader,
  SpreaderDetail,
  Terminal,
} from '../src/api/queries';
import { makeAlarm, makeFinding, makeSpreader } from './make';

/** Made-up answers of the API, for the check of the pages in a browser only. */
export interface Fixtures {
  readonly terminals: Terminal[];
  readonly cranes: Crane[];
  readonly spreaders: Spreader[];
  readonly findings: Finding[];
  readonly alarms: Alarm[];
}

const seconds = 1000;
const hour = 3600 * seconds;
const iso = (at: number): string => new Date(at).toISOString();

const kinds = [
  {
    code: 'FM-02',
    component: 'TL[1]',
    title: 'Twistlock 1 slow to lock',
    action: 'Grease the twistlock',
    repair: 2,
    signal: 'tl[1].lockTime',
    unit: 'ms',
    value: 2310,
    baseline: 1400,
    limit: 2000,
  },
  {
    code: 'FM-07',
    component: 'LP[3]',
    title: 'Landing pin 3 sticks or is bent',
    action: 'Free or replace the pin',
    repair: 1.5,
    signal: 'lp[3].lag',
    unit: 'ms',
    value: 900,
    baseline: 110,
    limit: 600,
  },
  {
    code: 'FM-20',
    component: 'HYD.C',
    title: 'Oil cooler is dirty or its fan failed',
    action: 'Clean the cooler',
    repair: 1.5,
    signal: 'hyd.tempRise',
    unit: 'K',
    value: 44,
    baseline: 24,
    limit: 40,
  },
  {
    code: 'FM-10',
    component: 'TEL.DRV',
    title: 'Telescope drive is worn or runs tight',
    action: 'Lubricate the slide pads',
    repair: 4,
    signal: 'tele.current',
    unit: 'A',
    value: 61,
    baseline: 44,
    limit: 55,
  },
  {
    code: 'FM-23',
    component: 'FLP[2]',
    title: 'Flipper 2 is slow',
    action: 'Straighten or replace the arm',
    repair: 2,
    signal: 'flp[2].time',
    unit: 's',
    value: 6.3,
    baseline: 4,
    limit: 6,
  },
] as const;

const levelAt = (i: number): Level =>
  i % 23 === 5 ? 'act_now' : i % 11 === 3 ? 'plan' : i % 7 === 2 ? 'watch' : i % 13 === 9 ? 'no_data' : 'ok';

/** A fleet of `count` spreaders on two terminals as of `now`. */
export function makeFixtures(now: number, count: number): Fixtures {
  const terminals: Terminal[] = [
    { id: 'ter_got', name: 'Gothenburg', time_zone: 'Europe/Stockholm', cranes: 40, spreaders: Math.ceil(count / 2) },
    { id: 'ter_val', name: 'Valparaíso', time_zone: 'America/Santiago', cranes: 40, spreaders: Math.floor(count / 2) },
  ];
  const cranes: Crane[] = [];
  const spreaders: Spreader[] = [];
  const findings: Finding[] = [];
  const alarms: Alarm[] = [];
  for (let i = 0; i < count; i++) {
    const terminal = terminals[i % 2] as Terminal;
    const onQuay = i % 40 < 16;
    const id = `spr_${i}`;
    const number = `SPR-${String(i + 1).padStart(4, '0')}`;
    const crane =
      i < 80 && i % 10 !== 9
        ? { id: `crn_${i}`, number: `${onQuay ? 'STS' : 'RTG'}-${String(i + 1).padStart(2, '0')}` }
        : null;
    if (crane) cranes.push({ ...crane, type: onQuay ? 'sts' : 'rtg', terminal_id: terminal.id, spreader_id: id });
    const level = levelAt(i);
    const kind = kinds[i % kinds.length] as (typeof kinds)[number];
    const bad = level === 'act_now' || level === 'plan' || level === 'watch';
    const finding = makeFinding({
      id: `fnd_${i}`,
      spreader_id: id,
      spreader_number: number,
      level,
      title: kind.title,
      component: kind.component,
      failure_mode: kind.code,
      action: kind.action,
      repair_hours: kind.repair,
      risk_hours: Math.round((level === 'act_now' ? 12 : level === 'plan' ? 5 : 0.8) * (1 + (i % 7) / 3) * 10) / 10,
      first_seen_at: iso(now - (5 + (i % 60)) * 3 * hour),
      updated_at: iso(now - 600 * seconds),
      evidence: [
        {
          signal: kind.signal,
          unit: kind.unit,
          value: kind.value,
          baseline: kind.baseline,
          limit: kind.limit,
          from: iso(now - 168 * hour),
          to: iso(now),
          count: 412,
          text: `${kind.title}: ${kind.value} ${kind.unit}, normal ${kind.baseline} ${kind.unit}, limit ${kind.limit} ${kind.unit} (412 observations)`,
        },
      ],
    });
    if (bad) findings.push(finding);
    // The first one has a second finding, so that "Other findings" is seen.
    if (i === 5)
      findings.push({
        ...finding,
        id: 'fnd_5b',
        level: 'watch',
        title: 'Hydraulic pump is worn',
        component: 'HYD.P',
        failure_mode: 'FM-15',
        risk_hours: 1.1,
      });
    const {
      id: fid,
      title,
      component,
      failure_mode,
      level: flevel,
      risk,
      confidence,
      first_seen_at,
      action,
      repair_hours,
      risk_hours,
    } = finding;
    const silent = level === 'no_data';
    spreaders.push(
      makeSpreader({
        id,
        number,
        model: onQuay ? 'Twin-lift 45' : 'Yard 40',
        type: onQuay ? 'sts_twin' : 'yard',
        terminal: { id: terminal.id, name: terminal.name, time_zone: terminal.time_zone },
        crane,
        condition: level,
        health: {
          score: silent ? null : level === 'act_now' ? 17 + (i % 20) : level === 'plan' ? 55 + (i % 9) : 90 + (i % 9),
          completeness: silent ? 0.1 : 0.97,
          computed_at: iso(now - 30 * seconds),
          model: 'health@1',
        },
        top_finding: bad
          ? {
              id: fid,
              title,
              component,
              failure_mode,
              level: flevel,
              risk,
              confidence,
              first_seen_at,
              action,
              repair_hours,
              risk_hours,
            }
          : null,
        open_findings: bad ? 1 : 0,
        last_seen_at: silent ? (i % 2 ? null : iso(now - 30 * hour)) : iso(now - (i % 50) * seconds),
        connection: silent ? (i % 2 ? 'never' : 'offline') : 'online',
        lifts_24h: silent ? 0 : 200 + ((i * 37) % 500),
      }),
    );
    if (level === 'act_now' || level === 'plan') {
      const taken = i % 4 === 1;
      alarms.push(
        makeAlarm({
          id: `alm_${i}`,
          spreader_id: id,
          spreader_number: number,
          terminal_id: terminal.id,
          component: kind.component,
          code: kind.code,
          title: kind.title,
          level,
          finding_id: fid,
          reason: finding.evidence[0]?.text ?? '',
          raised_at: iso(now - (i % 3 === 0 ? 120 + i : 7200 + 600 * i) * seconds),
          state: taken ? 'acknowledged' : i % 9 === 2 ? 'returned_unacknowledged' : 'unacknowledged',
          acknowledged_at: taken ? iso(now - 60 * seconds) : null,
          acknowledged_by: taken ? 'usr_1' : null,
          cleared_at: i % 9 === 2 && !taken ? iso(now - 30 * seconds) : null,
        }),
      );
    }
  }
  return { terminals, cranes, spreaders, findings, alarms };
}

/** The spreader with live values: fresh ones, an old one, and one that is not known. */
export const detailOf = (spreader: Spreader, now: number): SpreaderDetail => ({
  ...spreader,
  live: {
    'hyd.press': { value: 98.4, at: iso(now - 8 * seconds) },
    'hyd.oilTemp': { value: 52.31, at: iso(now - 8 * seconds) },
    'hyd.level': { value: 81, at: iso(now - 240 * seconds) },
    'cab.temp': { value: 31, at: iso(now - 2 * hour) },
    'len.pos': { value: '40', at: iso(now - 900 * seconds) },
    'tl[1].locked': { value: true, at: iso(now - 40 * seconds) },
    'tl[2].locked': { value: null, at: iso(now - 40 * seconds) },
    'tl[1].lockTime': { value: 2310, at: iso(now - 40 * seconds) },
    'load.total': { value: 24.6, at: iso(now - 40 * seconds) },
  },
});

/** Health with a bad, an unknown and a good component. */
export const healthOf = (spreader: Spreader): Health => ({
  spreader_id: spreader.id,
  score: spreader.health.score,
  condition: spreader.condition,
  completeness: spreader.health.completeness,
  computed_at: spreader.health.computed_at,
  model: 'health@1',
  provenance: { block: 'HA', algorithm: 'health-index@health@1', version: '1', inputs: ['FM-02'] },
  components: [
    { component: 'LOD', condition: 'ok', score: 98, reasons: [] },
    {
      component: 'TL[1]',
      condition: spreader.condition,
      score: spreader.health.score,
      reasons: spreader.top_finding
        ? [{ text: spreader.top_finding.title, points: 83, failure_mode: spreader.top_finding.failure_mode }]
        : [],
    },
    {
      component: 'TEL.DRV',
      condition: 'no_data',
      score: null,
      reasons: [{ text: 'Too few travels to judge', points: 0, failure_mode: null }],
    },
  ],
});

/** Moves, newest first. */
export const movesOf = (now: number, count: number): Move[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `mov_${i}`,
    started_at: iso(now - (i * 140 + 100) * seconds),
    locked_at: iso(now - (i * 140 + 60) * seconds),
    ended_at: iso(now - i * 140 * seconds),
    class: i % 5 === 4 ? 'twin2x20' : 'single40',
    result: i % 17 === 16 ? 'aborted' : 'completed',
    boxes: i % 5 === 4 ? 2 : 1,
    teu: 2,
    load: i % 6 === 5 ? null : 12 + ((i * 7) % 22),
    features: { 'tl[1].lockTime': 1400 + i },
    provenance: { block: 'DM', algorithm: 'move-machine', version: 'model@1', inputs: ['tl.command'] },
  }));

/** A series of `points` buckets that creeps up, with a gap in the middle. */
export function seriesOf(signal: string, from: number, to: number, points: number): Series {
  const finding = kinds.find((kind) => kind.signal === signal);
  const { unit, baseline, value, limit } = finding ?? {
    unit: signal.includes('Time') ? 'ms' : '1',
    baseline: 40,
    value: 44,
    limit: 60,
  };
  const t = Array.from({ length: points }, (_, i) => Math.round(from + ((to - from) / points) * i));
  const gap = (i: number): boolean => i > points * 0.4 && i < points * 0.45;
  const mean = t.map((_, i) => {
    if (gap(i)) return null;
    const wave = Math.sin(i / 9) * 0.04 + Math.sin(i * 1.7) * 0.03;
    return baseline + (value - baseline) * Math.max(0, (i / points - 0.3) / 0.7) + baseline * wave;
  });
  const off = (factor: number): (number | null)[] =>
    mean.map((one, i) => (one === null ? null : one * (1 + factor * (1 + (i % 5) / 4))));
  return {
    signal,
    unit,
    raw_points: points * 17,
    t,
    mean,
    min: off(-0.04),
    max: off(0.05),
    count: mean.map((one) => (one === null ? 0 : 17)),
    limits: [{ level: 'plan', above: limit }],
  };
}
