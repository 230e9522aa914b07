import { nativeFrame, type NativeFrame } from '@quaywatch/contracts';
import type { Decoded, Dialect, DialectSession } from './dialect';
import { framesOf, type Sample } from './signal-columns';
import { newNode, type BornMetric, type SparkplugNode } from './sparkplug-node';
import {
  kindThatIsNoSample,
  metricLimit,
  readPayload,
  valueOf,
  writePayload,
  type SparkplugMetric,
  type SparkplugPayload,
} from './sparkplug-payload';

/** Id under which the platform is a Sparkplug host application. */
export const sparkplugHost = 'quaywatch';

/** Topic on which the host says whether it is there (Sparkplug B 3.0, 6.4.26). */
export const hostStateTopic = `spBv1.0/STATE/${sparkplugHost}`;

const topicForm = /^spBv1\.0\/([^/+#]+)\/(N(?:BIRTH|DEATH|DATA)|D(?:BIRTH|DEATH|DATA))\/([^/+#]+)(?:\/([^/+#]+))?$/;
const commandForm = /^spBv1\.0\/[^/+#]+\/(?:NCMD\/([^/+#]+)|DCMD\/([^/+#]+)\/[^/]+)$/;
const rebirth = 'Node Control/Rebirth';
/** Least time between two requests for a rebirth, ms. */
const patience = 5000;
const longestName = 64;

interface Place {
  readonly group: string;
  readonly kind: string;
  readonly device: string | undefined;
}

/**
 * Sparkplug B 3.0: the edge node id is the BTU serial, group and device are free. Births announce metrics and aliases,
 * `seq` and `bdSeq` are checked, a gap or data without a birth asks for a rebirth. Metric names are our signals, with
 * `/` or `.` between levels (`tl/1/locked` = `tl[1].locked`). It comes at QoS 0, so it is not free of loss as our own
 * format is; nor is what is sent twice recognised, but for what one connection numbers.
 */
export const sparkplug: Dialect = {
  name: 'Sparkplug B 3.0',
  topics: 'spBv1.0/<group>/{NBIRTH|NDATA|NDEATH|DBIRTH|DDATA|DDEATH}/<serial>[/<device>]',
  limits: {
    'metrics of a payload': metricLimit,
    'characters of a metric name': longestName,
    'ms between two requests for a rebirth': patience,
  },
  speaks: (topic, btu) => placeOf(topic, btu) !== undefined,
  hears(filter, btu) {
    if (filter === hostStateTopic) return true;
    const [, node, nodeOfDevice] = commandForm.exec(filter) ?? [];
    return (node ?? nodeOfDevice) === btu;
  },
  will(topic, bytes, session) {
    const place = placeOf(topic, session.btu);
    if (place?.kind !== 'NDEATH') return 'last will that is no NDEATH';
    const bdSeq = bdSeqOf(readPayload(bytes));
    if (bdSeq === undefined) return 'NDEATH without bdSeq';
    const node = newNode(place.group);
    node.bdSeq = bdSeq;
    session.sparkplug = node;
    return undefined;
  },
  decode(topic, bytes, session): Decoded {
    const place = placeOf(topic, session.btu) as Place;
    const payload = readPayload(bytes);
    if (!payload) return refused('not a Sparkplug payload');
    session.sparkplug ??= newNode(place.group);
    const node = session.sparkplug;
    if (place.group !== node.group) return refused(`group ${place.group} on a connection of ${node.group}`);
    if (place.kind === 'NDEATH') return nodeDied(node, payload);
    if (place.kind === 'NBIRTH') return nodeBorn(node, payload, session);
    if (node.born === undefined) return askRebirth(session, 'before NBIRTH');
    const seq = numberOf(payload.seq);
    if (seq === undefined || seq > 255) return refused('seq is not 0 to 255');
    const expected = (node.lastSeq + 1) % 256;
    if (seq === node.lastSeq) return refused(`seq ${seq} came twice`);
    node.lastSeq = seq;
    // What came is kept; what did not come is asked for with the rebirth.
    if (seq !== expected) askRebirth(session, `seq ${seq} in place of ${expected}`);
    const { device } = place;
    if (place.kind === 'NDATA') return data(node, payload, undefined, session);
    if (device === undefined) return refused('no device in the topic');
    if (place.kind === 'DBIRTH') {
      node.devices.add(device);
      const wrong = announce(node, payload, device);
      return wrong ? refused(wrong) : withLeft(data(node, payload, device, session), payload);
    }
    if (!node.devices.has(device)) return askRebirth(session, `device ${device.slice(0, 64)} was not born`);
    if (place.kind === 'DDATA') return data(node, payload, device, session);
    node.devices.delete(device);
    return { ok: true, frames: [] };
  },
};

function nodeBorn(node: SparkplugNode, payload: SparkplugPayload, session: DialectSession): Decoded {
  const [at, seq, bdSeq] = [numberOf(payload.timestamp), numberOf(payload.seq), bdSeqOf(payload)];
  if (at === undefined || seq === undefined || seq > 255) return refused('NBIRTH without timestamp or seq');
  if (bdSeq === undefined) return refused('NBIRTH without bdSeq');
  if (node.bdSeq !== undefined && bdSeq !== node.bdSeq)
    return refused(`bdSeq ${bdSeq}, its last will says ${node.bdSeq}`);
  node.bdSeq = bdSeq;
  node.lastSeq = seq;
  // A rebirth on the same connection goes on counting; the first birth names the session.
  node.born ??= at;
  node.byAlias.clear();
  node.byName.clear();
  node.devices.clear();
  const wrong = announce(node, payload, undefined);
  if (wrong) return refused(wrong);
  const firmware = payload.metrics.find(({ name }) => /^Properties\/(Firmware|FW)/i.test(name ?? ''))?.string_value;
  const birth = nativeFrame.safeParse({
    v: 1,
    stream: 'birth',
    sid: null,
    bid: session.btu,
    boot: node.born,
    seq: nextNumber(node, 'birth'),
    tsDev: at,
    up: Math.max(0, at - node.born),
    tsSent: at,
    cq: 'NTP',
    hist: false,
    body: {
      firmware: (firmware ?? 'Sparkplug').slice(0, 64),
      signals: [...node.byName.values()].slice(0, 500).map(({ signal }) => ({ signal, unit: '' })),
    },
  });
  if (!birth.success) return refused(`NBIRTH: ${birth.error.issues[0]?.message ?? 'not valid'}`);
  const values = data(node, payload, undefined, session);
  if (!values.ok) return values;
  return withLeft({ ok: true, frames: [birth.data as NativeFrame, ...values.frames] }, payload);
}

/** A birth with metrics that are no samples is kept as it came, and says so once; their values are passed over. */
function withLeft(decoded: Decoded, payload: SparkplugPayload): Decoded {
  if (!decoded.ok) return decoded;
  const left = payload.metrics.flatMap(({ name, datatype }) => {
    const kind = kindThatIsNoSample(datatype);
    return kind === undefined || isControl(name ?? '') ? [] : [`${(name ?? '').slice(0, 64)} (${kind})`];
  });
  if (left.length === 0) return decoded;
  const more = left.length > 5 ? ` and ${left.length - 5} more` : '';
  return { ...decoded, left: `metrics that are not taken: ${left.slice(0, 5).join(', ')}${more}` };
}

function nodeDied(node: SparkplugNode, payload: SparkplugPayload): Decoded {
  const bdSeq = bdSeqOf(payload);
  if (bdSeq === undefined) return refused('NDEATH without bdSeq');
  // An old will says nothing of the session that is there now.
  if (bdSeq === node.bdSeq) node.born = undefined;
  return { ok: true, frames: [] };
}

/** Takes the metrics of a birth in; the answer is what is wrong with them. */
function announce(node: SparkplugNode, payload: SparkplugPayload, device: string | undefined): string | undefined {
  for (const { name, alias, datatype } of payload.metrics) {
    if (name === undefined) return 'a birth with a metric without a name';
    if (isControl(name)) continue;
    const metric: BornMetric = { signal: signalOf(name), datatype: datatype ?? 0, device };
    if (metric.signal.length > longestName) return `a metric name of more than ${longestName} characters`;
    if (alias !== undefined) {
      const other = node.byAlias.get(alias);
      if (other && (other.signal !== metric.signal || other.device !== device)) return `alias ${alias} is taken`;
      node.byAlias.set(alias, metric);
    }
    node.byName.set(`${device ?? ''}\0${name}`, metric);
  }
  return undefined;
}

function data(
  node: SparkplugNode,
  payload: SparkplugPayload,
  device: string | undefined,
  session: DialectSession,
): Decoded {
  const at = numberOf(payload.timestamp);
  if (at === undefined) return refused('no timestamp');
  const samples: Sample[] = [];
  for (const metric of payload.metrics) {
    if (metric.name !== undefined && isControl(metric.name)) continue;
    const born = bornOf(node, metric, device);
    if (!born) return askRebirth(session, `metric ${(metric.name ?? metric.alias ?? '').slice(0, 64)} was not born`);
    const value = valueOf(metric, metric.datatype ?? born.datatype);
    if (value === undefined) continue;
    if (typeof value === 'string' && /\0|\p{Surrogate}/u.test(value)) return refused('text with U+0000');
    samples.push({
      signal: born.signal,
      at: numberOf(metric.timestamp) ?? at,
      value,
      historical: metric.is_historical === true,
    });
  }
  const born = node.born as number;
  return framesOf(samples, {
    sid: device?.slice(0, 64) ?? null,
    btu: session.btu,
    at,
    up: at - born,
    next: (stream) => ({ boot: born, seq: nextNumber(node, stream) }),
  });
}

const bornOf = (
  node: SparkplugNode,
  { name, alias }: SparkplugMetric,
  device: string | undefined,
): BornMetric | undefined => {
  const born = name !== undefined ? node.byName.get(`${device ?? ''}\0${name}`) : node.byAlias.get(alias ?? '');
  return born?.device === device ? born : undefined;
};

/** Asks the node to be born again, not more often than every few seconds. */
function askRebirth(session: DialectSession, reason: string): Decoded {
  const node = session.sparkplug as SparkplugNode;
  const now = performance.now();
  if (node.askedAt === 0 || now - node.askedAt > patience) {
    node.askedAt = now;
    session.reply(
      `spBv1.0/${node.group}/NCMD/${session.btu}`,
      writePayload({ metrics: [{ name: rebirth, datatype: 11, boolean_value: true }] }),
    );
  }
  return refused(reason);
}

function placeOf(topic: string, btu: string): Place | undefined {
  const [, group, kind, node, device] = topicForm.exec(topic) ?? [];
  if (group === undefined || kind === undefined || node !== btu) return undefined;
  return kind.startsWith('D') === (device !== undefined) ? { group, kind, device } : undefined;
}

const isControl = (name: string): boolean => name === 'bdSeq' || /^(Node|Device) Control\/|^Properties\//.test(name);

/** `tl/1/locked` → `tl[1].locked`; our own names stay as they are. */
export const signalOf = (name: string): string => name.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.');

const bdSeqOf = (payload: SparkplugPayload | undefined): number | undefined => {
  const metric = payload?.metrics.find(({ name }) => name === 'bdSeq');
  const value = metric && Number(metric.long_value ?? metric.int_value);
  return value !== undefined && value >= 0 && value <= 255 ? value : undefined;
};

function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

const nextNumber = (node: SparkplugNode, stream: string): number =>
  (node.numbers[stream] = (node.numbers[stream] ?? 0) + 1);

const refused = (reason: string): Decoded => ({ ok: false, reason });
