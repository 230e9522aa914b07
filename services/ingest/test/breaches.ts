import { acknowledge, connect, packet, publish, subscribe, text, unsubscribe } from './raw-mqtt';

/** Bytes that must end the connection, and how it must be counted. */
export interface Breach {
  readonly name: string;
  readonly bytes: Buffer;
  readonly cause: RegExp;
  /** Return code of the CONNACK before the end. */
  readonly connack?: number;
}

const nul = Buffer.from('a\0b');
const ill = Buffer.from([0x61, 0xff]);
const surrogate = Buffer.from([0xed, 0xa0, 0x80]);
const user = text('user');

/** In place of CONNECT. `id`: the client id that would be accepted. */
export const firstPacketBreaches = (id: string): readonly Breach[] => [
  { name: '[MQTT-3.1.0-1] a PUBLISH first', bytes: publish('a', 'x'), cause: /3\.1\.0-1/ },
  { name: '[MQTT-3.1.0-1] a PINGREQ first', bytes: packet(0xc0), cause: /3\.1\.0-1/ },
  { name: '[MQTT-3.1.2-1] another protocol name', bytes: connect({ id, name: 'MQTX' }), cause: /3\.1\.2-1/ },
  { name: '[MQTT-3.1.2-1] no protocol name', bytes: connect({ id, name: '' }), cause: /3\.1\.2-1/ },
  { name: '[MQTT-3.1.2-2] MQTT 3.1', bytes: connect({ id, name: 'MQIsdp', level: 3 }), cause: /3\.1\.2-2/, connack: 1 },
  {
    name: '[MQTT-3.1.2-2] level 3 with the name of 4',
    bytes: connect({ id, level: 3 }),
    cause: /3\.1\.2-2/,
    connack: 1,
  },
  {
    name: '[MQTT-3.1.2-2] MQTT 5, answered in its own form',
    bytes: connect({ id, level: 5, payload: Buffer.concat([Buffer.from([0]), text(id)]) }),
    cause: /MQTT 5 \[MQTT-3\.1\.2-2/,
    connack: 0x84,
  },
  {
    name: '[MQTT-3.1.2-2] MQTT 5 with properties',
    bytes: connect({ id, level: 5, payload: Buffer.concat([Buffer.from([5, 0x11, 0, 0, 1, 0]), text(id)]) }),
    cause: /MQTT 5 \[MQTT-3\.1\.2-2/,
    connack: 0x84,
  },
  {
    name: '[MQTT-3.1.2-2] level 5 in the form of 4',
    bytes: connect({ id, level: 5 }),
    cause: /level \[MQTT-3/,
    connack: 1,
  },
  { name: '[MQTT-3.1.2-2] level 6', bytes: connect({ id, level: 6 }), cause: /3\.1\.2-2/, connack: 1 },
  { name: '[MQTT-3.1.2-2] level 132 (bridge)', bytes: connect({ id, level: 132 }), cause: /3\.1\.2-2/, connack: 1 },
  { name: '[MQTT-3.1.2-3] the reserved flag', bytes: connect({ id, flags: 3 }), cause: /3\.1\.2-3/ },
  { name: '[MQTT-3.1.2-13] will QoS without will', bytes: connect({ id, flags: 0x0a }), cause: /3\.1\.2-13/ },
  {
    name: '[MQTT-3.1.2-14] will QoS 3',
    bytes: connect({ id, flags: 0x1e, will: { topic: 't', payload: 'x' } }),
    cause: /3\.1\.2-14/,
  },
  { name: '[MQTT-3.1.2-15] will retain without will', bytes: connect({ id, flags: 0x22 }), cause: /3\.1\.2-15/ },
  {
    name: '[MQTT-3.1.2-22] password without user name',
    bytes: connect({ id, flags: 0x42, payload: Buffer.concat([text(id), text('secret')]) }),
    cause: /3\.1\.2-22/,
  },
  { name: '[MQTT-3.1.2-19] user name missing', bytes: connect({ id, flags: 0x82 }), cause: /3\.1\.2-19/ },
  {
    name: '[MQTT-3.1.2-21] password missing',
    bytes: connect({ id, flags: 0xc2, payload: Buffer.concat([text(id), user]) }),
    cause: /3\.1\.2-21/,
  },
  {
    name: '[MQTT-3.1.2-18] a field that no flag announces',
    bytes: connect({ id, payload: Buffer.concat([text(id), user]) }),
    cause: /3\.1\.2-18/,
  },
  { name: '[MQTT-3.1.2-9] will missing', bytes: connect({ id, flags: 6 }), cause: /3\.1\.2-9/ },
  { name: '[MQTT-3.1.3-3] no client id', bytes: connect({ payload: Buffer.alloc(0) }), cause: /3\.1\.3-3/ },
  { name: '[MQTT-1.5.3-2] U+0000 in the client id', bytes: connect({ id: nul }), cause: /1\.5\.3-2/ },
  {
    name: '[MQTT-1.5.3-1, 3.1.3-4] ill-formed UTF-8 in the client id',
    bytes: connect({ id: ill }),
    cause: /1\.5\.3-1/,
  },
  { name: '[MQTT-1.5.3-1] a surrogate in the client id', bytes: connect({ id: surrogate }), cause: /1\.5\.3-1/ },
  {
    name: '[MQTT-3.1.3-8] an empty client id with a session',
    bytes: connect({ id: '', clean: false }),
    cause: /3\.1\.3-8/,
    connack: 2,
  },
  {
    name: '[MQTT-4.7.1-1] a wildcard in the topic of the will',
    bytes: connect({ id, will: { topic: 'a/#', payload: 'x' } }),
    cause: /4\.7\.1-1/,
  },
  {
    name: '[MQTT-1.5.3-2] U+0000 in the topic of the will',
    bytes: connect({ id, will: { topic: nul, payload: 'x' } }),
    cause: /1\.5\.3-2/,
  },
  {
    name: '[MQTT-1.5.3-1, 3.1.3-10] ill-formed UTF-8 in the topic of the will',
    bytes: connect({ id, will: { topic: ill, payload: 'x' } }),
    cause: /1\.5\.3-1/,
  },
  {
    name: '[MQTT-3.1.2-20] a password that no flag announces',
    bytes: connect({ id, flags: 0x82, payload: Buffer.concat([text(id), user, text('secret')]) }),
    cause: /3\.1\.2-20/,
  },
  {
    name: '[MQTT-3.1.2-11] a will that no flag announces',
    bytes: connect({ id, flags: 2, payload: Buffer.concat([text(id), text('t'), text('gone')]) }),
    cause: /3\.1\.2-18/,
  },
  {
    name: '[MQTT-1.5.3-1, 3.1.3-11] ill-formed UTF-8 in the user name',
    bytes: connect({ id, flags: 0x82, payload: Buffer.concat([text(id), text(ill)]) }),
    cause: /1\.5\.3-1/,
  },
  { name: '[MQTT-2.2.2-2] flags of CONNECT', bytes: packet(0x11, connect({ id }).subarray(2)), cause: /2\.2\.2-2/ },
  { name: 'a CONNECT that says it is 256 MB', bytes: Buffer.from([0x10, 255, 255, 255, 127]), cause: /too large/ },
  { name: '[MQTT-2.2.3] a length of five bytes', bytes: Buffer.from([0x10, 128, 128, 128, 128, 1]), cause: /2\.2\.3/ },
];

/** After CONNECT. `topic`: a topic on which the client may publish. */
export const laterBreaches = (id: string, topic: string): readonly Breach[] => [
  { name: '[MQTT-3.1.0-2] a second CONNECT', bytes: connect({ id }), cause: /3\.1\.0-2/ },
  { name: '[MQTT-2.2.2-2] flags of PINGREQ', bytes: Buffer.from([0xc1, 0]), cause: /2\.2\.2-2/ },
  { name: '[MQTT-2.2.2-2, 3.14.1-1] flags of DISCONNECT', bytes: Buffer.from([0xe1, 0]), cause: /2\.2\.2-2/ },
  { name: '[MQTT-3.8.1-1] flags of SUBSCRIBE', bytes: packet(0x80, [0, 1], text('a'), [0]), cause: /2\.2\.2-2/ },
  { name: '[MQTT-3.10.1-1] flags of UNSUBSCRIBE', bytes: packet(0xa0, [0, 1], text('a')), cause: /2\.2\.2-2/ },
  { name: '[MQTT-3.6.1-1] flags of PUBREL', bytes: Buffer.from([0x60, 2, 0, 1]), cause: /2\.2\.2-2/ },
  { name: 'packet type 0', bytes: Buffer.from([0x00, 0]), cause: /not of a client/ },
  { name: 'packet type 15', bytes: Buffer.from([0xf0, 0]), cause: /not of a client/ },
  { name: 'a CONNACK from a client', bytes: Buffer.from([0x20, 2, 0, 0]), cause: /not of a client/ },
  { name: 'a SUBACK from a client', bytes: Buffer.from([0x90, 3, 0, 1, 0]), cause: /not of a client/ },
  { name: 'a PINGRESP from a client', bytes: Buffer.from([0xd0, 0]), cause: /not of a client/ },
  { name: 'a PINGREQ with a body', bytes: Buffer.from([0xc0, 1, 0]), cause: /length/ },
  { name: 'a PUBACK that is too long', bytes: Buffer.from([0x40, 3, 0, 1, 0]), cause: /length/ },
  { name: '[MQTT-3.3.1-4] QoS 3', bytes: packet(0x36, text(topic), [0, 1]), cause: /3\.3\.1-4/ },
  { name: '[MQTT-3.3.1-2] DUP with QoS 0', bytes: packet(0x38, text(topic)), cause: /3\.3\.1-2/ },
  {
    name: '[MQTT-2.3.1-1] PUBLISH with packet id 0',
    bytes: publish(topic, 'x', { qos: 1, id: 0 }),
    cause: /2\.3\.1-1/,
  },
  { name: '[MQTT-2.3.1-1] SUBSCRIBE with packet id 0', bytes: subscribe(0, [['a', 0]]), cause: /2\.3\.1-1/ },
  { name: '[MQTT-2.3.1-1] UNSUBSCRIBE with packet id 0', bytes: unsubscribe(0, ['a']), cause: /2\.3\.1-1/ },
  { name: 'PUBACK with packet id 0', bytes: acknowledge(4, 0), cause: /2\.3\.1-1/ },
  { name: '[MQTT-3.3.2-2] + in a topic name', bytes: publish('a/+/b'), cause: /3\.3\.2-2/ },
  { name: '[MQTT-3.3.2-2] # in a topic name', bytes: publish('a/#'), cause: /3\.3\.2-2/ },
  { name: '[MQTT-4.7.3-1] an empty topic name', bytes: publish('', 'x'), cause: /4\.7\.3-1/ },
  { name: '[MQTT-4.7.3-2] U+0000 in a topic name', bytes: publish(nul), cause: /1\.5\.3-2/ },
  { name: '[MQTT-3.3.2-1] ill-formed UTF-8 in a topic name', bytes: publish(ill), cause: /1\.5\.3-1/ },
  { name: '[MQTT-1.5.3-1] a surrogate in a topic name', bytes: publish(surrogate), cause: /1\.5\.3-1/ },
  { name: 'a PUBLISH shorter than its topic', bytes: packet(0x30, [0, 9, 0x61]), cause: /shorter/ },
  { name: 'a PUBLISH without room for its packet id', bytes: packet(0x32, text('abc')), cause: /shorter/ },
  { name: '[MQTT-3.8.3-3] SUBSCRIBE without a filter', bytes: packet(0x82, [0, 1]), cause: /too short|3\.8\.3-3/ },
  { name: '[MQTT-3.10.3-2] UNSUBSCRIBE without a filter', bytes: packet(0xa2, [0, 1]), cause: /too short|3\.10\.3-2/ },
  { name: '[MQTT-3.8.3-4] SUBSCRIBE with QoS 3', bytes: subscribe(1, [['a', 3]]), cause: /3\.8\.3-4/ },
  { name: '[MQTT-3.8.3-4] SUBSCRIBE with reserved bits', bytes: subscribe(1, [['a', 0x81]]), cause: /3\.8\.3-4/ },
  { name: '[MQTT-4.7.1-3] the filter a+', bytes: subscribe(1, [['a+', 0]]), cause: /4\.7\.1/ },
  { name: '[MQTT-4.7.1-3] the filter +a', bytes: subscribe(1, [['+a', 0]]), cause: /4\.7\.1/ },
  { name: '[MQTT-4.7.1-2] the filter a#', bytes: subscribe(1, [['a#', 0]]), cause: /4\.7\.1/ },
  { name: '[MQTT-4.7.1-2] the filter a/#/b', bytes: subscribe(1, [['a/#/b', 0]]), cause: /4\.7\.1/ },
  { name: '[MQTT-4.7.1-2] the filter #/', bytes: unsubscribe(1, ['#/']), cause: /4\.7\.1/ },
  { name: '[MQTT-3.8.3-1] U+0000 in a filter', bytes: subscribe(1, [[nul, 0]]), cause: /1\.5\.3-2/ },
  { name: '[MQTT-3.8.3-1] ill-formed UTF-8 in a filter', bytes: subscribe(1, [[ill, 0]]), cause: /1\.5\.3-1/ },
  { name: '[MQTT-4.7.3-1] an empty filter', bytes: subscribe(1, [['', 0]]), cause: /4\.7\.3-1/ },
  {
    name: '[MQTT-3.10.3-1] ill-formed UTF-8 in a filter of UNSUBSCRIBE',
    bytes: unsubscribe(1, [ill]),
    cause: /1\.5\.3-1/,
  },
  { name: 'a filter that is cut off', bytes: packet(0x82, [0, 1], text('a'), [0], [0, 9, 0x61]), cause: /cut off/ },
  { name: 'a PUBLISH that says it is 256 MB', bytes: Buffer.from([0x30, 255, 255, 255, 127]), cause: /too large/ },
  { name: '[MQTT-2.2.3] a length of five bytes', bytes: Buffer.from([0x30, 255, 255, 255, 255, 1]), cause: /2\.2\.3/ },
];
