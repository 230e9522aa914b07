import { isUtf8 } from 'node:buffer';
import { hasWildcard, wildcardsInPlace } from './topic-filter';

/** Control packet types of MQTT 3.1.1 that a client may send. */
export const packetType = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
} as const;

/** Reason code "Unsupported Protocol Version" of MQTT 5 (3.2.2.2): goes to those who speak MQTT 5, in its form. */
export const unsupportedVersion = 0x84;

/** What a packet did wrong; `connack` is sent before the connection is closed. */
export interface Breach {
  /** Short and of few kinds: refusals are counted by it. */
  readonly cause: string;
  readonly connack?: 1 | 2 | typeof unsupportedVersion;
}

/** Bounds on what a packet may hold. */
export interface PacketBounds {
  /** Bytes of a client id. */
  readonly clientId: number;
  /** Bytes of a topic name or filter. */
  readonly topic: number;
  /** Levels of a topic name or filter. */
  readonly topicLevels: number;
  /** Filters of a SUBSCRIBE or UNSUBSCRIBE. */
  readonly filters: number;
}

const breach = (cause: string): Breach => ({ cause });

/** Flags that the fixed header must have, by type (MQTT-2.2.2-1); PUBLISH has flags of its own. */
const requiredFlags: Readonly<Record<number, number>> = {
  [packetType.connect]: 0,
  [packetType.puback]: 0,
  [packetType.pubrec]: 0,
  [packetType.pubrel]: 2,
  [packetType.pubcomp]: 0,
  [packetType.subscribe]: 2,
  [packetType.unsubscribe]: 2,
  [packetType.pingreq]: 0,
  [packetType.disconnect]: 0,
};

/** Judges the first byte of a packet, before anything after it is looked at. */
export function checkFirstByte(first: number): Breach | undefined {
  const type = first >> 4;
  const flags = first & 15;
  if (type === packetType.publish) {
    const qos = (flags >> 1) & 3;
    if (qos === 3) return breach('QoS 3 [MQTT-3.3.1-4]');
    if (qos === 0 && flags & 8) return breach('DUP with QoS 0 [MQTT-3.3.1-2]');
    return undefined;
  }
  const required = requiredFlags[type];
  if (required === undefined) return breach('packet type not of a client [MQTT-2.2.1]');
  return flags === required ? undefined : breach('reserved flags [MQTT-2.2.2-2]');
}

/** Judges the remaining length of a packet of this type, before its body is taken in. */
export function checkLength(type: number, length: number): Breach | undefined {
  switch (type) {
    case packetType.puback:
    case packetType.pubrec:
    case packetType.pubrel:
    case packetType.pubcomp:
      return length === 2 ? undefined : breach('length of an acknowledgement');
    case packetType.pingreq:
    case packetType.disconnect:
      return length === 0 ? undefined : breach('length of PINGREQ or DISCONNECT');
    default:
      return length >= 3 ? undefined : breach('packet too short');
  }
}

/** Judges a whole packet whose body is `bytes[at, end)`; the first byte and the length were judged before. */
export function checkBody(
  first: number,
  bytes: Buffer,
  at: number,
  end: number,
  bounds: PacketBounds,
): Breach | undefined {
  switch (first >> 4) {
    case packetType.connect:
      return checkConnect(bytes, at, end, bounds);
    case packetType.publish:
      return checkPublish(first, bytes, at, end, bounds);
    case packetType.subscribe:
      return checkFilters(bytes, at, end, true, bounds);
    case packetType.unsubscribe:
      return checkFilters(bytes, at, end, false, bounds);
    case packetType.puback:
    case packetType.pubrec:
    case packetType.pubrel:
    case packetType.pubcomp:
      return checkId(bytes, at);
    default:
      return undefined;
  }
}

/** Keep-alive of a CONNECT that was judged, s; 0 = none. */
export const keepAliveOf = (bytes: Buffer, at: number): number => bytes.readUInt16BE(at + 8);

const checkId = (bytes: Buffer, at: number): Breach | undefined =>
  bytes.readUInt16BE(at) === 0 ? breach('packet id 0 [MQTT-2.3.1-1]') : undefined;

function checkPublish(first: number, bytes: Buffer, at: number, end: number, bounds: PacketBounds): Breach | undefined {
  const start = at + 2;
  const topicEnd = start + bytes.readUInt16BE(at);
  if (topicEnd > end) return shorterThanTopic;
  if (hasWildcard(bytes, start, topicEnd)) return breach('wildcard in a topic name [MQTT-3.3.2-2]');
  return checkTopic(bytes, start, topicEnd, bounds) ?? checkAfterTopic(first, bytes, at, end);
}

const shorterThanTopic = breach('PUBLISH shorter than its topic');

/** What `checkBody` says of a PUBLISH whose topic was judged before. */
export function checkAfterTopic(first: number, bytes: Buffer, at: number, end: number): Breach | undefined {
  const withId = (first & 6) !== 0;
  const topicEnd = at + 2 + bytes.readUInt16BE(at);
  if (topicEnd + (withId ? 2 : 0) > end) return shorterThanTopic;
  return withId ? checkId(bytes, topicEnd) : undefined;
}

function checkTopic(bytes: Buffer, start: number, end: number, bounds: PacketBounds): Breach | undefined {
  if (start === end) return breach('empty topic [MQTT-4.7.3-1]');
  const text = checkText(bytes, start, end);
  if (text) return text;
  if (end - start > bounds.topic) return breach('topic too long');
  let levels = 1;
  for (let i = start; i < end; i++) if (bytes[i] === 0x2f) levels++;
  return levels > bounds.topicLevels ? breach('topic with too many levels') : undefined;
}

function checkText(bytes: Buffer, start: number, end: number): Breach | undefined {
  let plain = true;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === 0) return breach('U+0000 in a text [MQTT-1.5.3-2]');
    if (byte > 127) plain = false;
  }
  return plain || isUtf8(bytes.subarray(start, end)) ? undefined : breach('ill-formed UTF-8 [MQTT-1.5.3-1]');
}

function checkFilters(
  bytes: Buffer,
  at: number,
  end: number,
  withQos: boolean,
  bounds: PacketBounds,
): Breach | undefined {
  const wrongId = checkId(bytes, at);
  if (wrongId) return wrongId;
  let i = at + 2;
  if (i === end)
    return breach(
      withQos ? 'SUBSCRIBE without a filter [MQTT-3.8.3-3]' : 'UNSUBSCRIBE without a filter [MQTT-3.10.3-2]',
    );
  for (let count = 1; i < end; count++) {
    if (count > bounds.filters) return breach('too many filters');
    if (i + 2 > end) return breach('filter cut off');
    const start = i + 2;
    const stop = start + bytes.readUInt16BE(i);
    i = withQos ? stop + 1 : stop;
    if (i > end) return breach('filter cut off');
    const wrong = checkTopic(bytes, start, stop, bounds);
    if (wrong) return wrong;
    if (!wildcardsInPlace(bytes, start, stop)) return breach('wildcard out of place [MQTT-4.7.1-2, MQTT-4.7.1-3]');
    if (withQos && (bytes[stop] as number) > 2) return breach('QoS of a SUBSCRIBE [MQTT-3.8.3-4]');
  }
  return undefined;
}

/** Whether what follows the keep-alive is laid out as in MQTT 5: properties by their length, then the client id. */
function isVersion5(bytes: Buffer, at: number, end: number): boolean {
  let i = at;
  let length = 0;
  for (let unit = 1, more = true; more; unit *= 128) {
    if (i >= end || unit > 2_097_152) return false;
    const byte = bytes[i++] as number;
    length += (byte & 127) * unit;
    more = byte >= 128;
  }
  i += length;
  return i + 2 <= end && i + 2 + bytes.readUInt16BE(i) <= end;
}

const protocolName = Buffer.from('\0\u0004MQTT');
const oldProtocolName = Buffer.from('\0\u0006MQIsdp');

function checkConnect(bytes: Buffer, at: number, end: number, bounds: PacketBounds): Breach | undefined {
  const startsWith = (name: Buffer): boolean => bytes.subarray(at, Math.min(end, at + name.length)).equals(name);
  if (startsWith(oldProtocolName)) return { cause: 'MQTT 3.1 [MQTT-3.1.2-2]', connack: 1 };
  if (!startsWith(protocolName)) return breach('protocol name [MQTT-3.1.2-1]');
  const level = at + protocolName.length;
  if (level >= end) return breach('CONNECT cut off');
  if (bytes[level] === 5 && isVersion5(bytes, level + 4, end))
    return { cause: 'MQTT 5 [MQTT-3.1.2-2]', connack: unsupportedVersion };
  if (bytes[level] !== 4) return { cause: 'protocol level [MQTT-3.1.2-2]', connack: 1 };
  if (level + 4 > end) return breach('CONNECT cut off');
  const flags = bytes[level + 1] as number;
  const [clean, will, willQos] = [(flags & 2) !== 0, (flags & 4) !== 0, (flags >> 3) & 3];
  const [willRetain, password, user] = [(flags & 32) !== 0, (flags & 64) !== 0, (flags & 128) !== 0];
  if (flags & 1) return breach('reserved flag of CONNECT [MQTT-3.1.2-3]');
  if (willQos === 3) return breach('QoS of the last will [MQTT-3.1.2-14]');
  if (!will && willQos > 0) return breach('QoS without a last will [MQTT-3.1.2-13]');
  if (!will && willRetain) return breach('retain without a last will [MQTT-3.1.2-15]');
  if (password && !user) return breach('password without a user name [MQTT-3.1.2-22]');

  let i = level + 4;
  const field = (): readonly [start: number, end: number] | undefined => {
    if (i + 2 > end) return undefined;
    const start = i + 2;
    i = start + bytes.readUInt16BE(start - 2);
    return i > end ? undefined : [start, i];
  };
  const id = field();
  if (!id) return breach('client id cut off [MQTT-3.1.3-3]');
  const idFault = checkText(bytes, ...id);
  if (idFault) return idFault;
  const idLength = id[1] - id[0];
  if (idLength === 0 && !clean) return { cause: 'empty client id with a session [MQTT-3.1.3-8]', connack: 2 };
  if (idLength > bounds.clientId) return { cause: 'client id too long', connack: 2 };
  if (will) {
    const topic = field();
    if (!topic || !field()) return breach('last will cut off [MQTT-3.1.2-9]');
    if (hasWildcard(bytes, ...topic)) return breach('wildcard in the topic of the last will [MQTT-4.7.1-1]');
    const fault = checkTopic(bytes, ...topic, bounds);
    if (fault) return fault;
  }
  if (user) {
    const name = field();
    if (!name) return breach('user name cut off [MQTT-3.1.2-19]');
    const fault = checkText(bytes, ...name);
    if (fault) return fault;
  }
  if (password && !field()) return breach('password cut off [MQTT-3.1.2-21]');
  return i === end ? undefined : breach('CONNECT longer than its fields [MQTT-3.1.2-18, MQTT-3.1.2-20]');
}
