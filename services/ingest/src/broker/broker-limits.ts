import { seconds, type Duration } from '@quaywatch/kernel';
import type { IngestConfig } from '../config';
import type { PacketBounds } from './mqtt-rules';

/** Every bound of the MQTT ports. What goes beyond is refused, delayed or dropped, counted, and audited. */
export interface BrokerLimits extends PacketBounds {
  /** Largest CONNECT, and so the most that a stranger's bytes take, bytes. */
  readonly connectBytes: number;
  /** Largest packet of a device that was let in, bytes after the fixed header. */
  readonly packetBytes: number;
  /** Time from the TLS handshake to a whole CONNECT. */
  readonly connectFor: Duration;
  /** Time from the first to the last byte of a packet. */
  readonly packetFor: Duration;
  /** Silence after which a connection without keep-alive is closed. */
  readonly silentFor: Duration;
  /** PUBLISH packets, and their bytes, that one connection may have on their way into the log. */
  readonly unacknowledged: number;
  readonly unacknowledgedBytes: number;
  /** Bytes taken from all sockets and not yet settled; above it no socket is read. */
  readonly intakeBytes: number;
  /** Bytes that may wait for a client that does not read; beyond it is disconnected. */
  readonly outboundBytes: number;
  /** Time a client may keep its socket full. */
  readonly drainFor: Duration;
  /** PUBLISH packets per second of one device and of all devices of an organisation; what is faster waits. */
  readonly deviceRate: number;
  readonly organisationRate: number;
  /** Messages and bytes kept for a session that is away; further ones are dropped. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Sessions that are kept; further ones are not resumed. */
  readonly sessions: number;
  /** Subscriptions of one session or connection. */
  readonly subscriptions: number;
  /** Retained topics and their bytes; further ones are delivered, not retained. */
  readonly retained: number;
  readonly retainedBytes: number;
  /** QoS 2 messages that wait for their PUBREL, of one client. */
  readonly unreleased: number;
  /** TLS handshakes at a time. */
  readonly handshakes: number;
  /** Sockets that wait for their handshake. */
  readonly waiting: number;
  /** Time of a handshake. */
  readonly handshakeFor: Duration;
  /** Connections altogether. */
  readonly connections: number;
}

/** The limits that the configuration asks for. */
export const limitsOf = (config: IngestConfig): BrokerLimits => ({
  connectBytes: config.MQTT_MAX_CONNECT,
  packetBytes: config.MQTT_MAX_PACKET,
  clientId: 128,
  topic: config.MQTT_MAX_TOPIC,
  topicLevels: config.MQTT_MAX_TOPIC_LEVELS,
  filters: config.MQTT_MAX_FILTERS,
  connectFor: seconds(config.MQTT_CONNECT_SECONDS),
  packetFor: seconds(config.MQTT_PACKET_SECONDS),
  silentFor: seconds(config.MQTT_SILENT_SECONDS),
  unacknowledged: config.MQTT_MAX_UNACKNOWLEDGED,
  unacknowledgedBytes: config.MQTT_MAX_UNACKNOWLEDGED_BYTES,
  intakeBytes: config.MQTT_INTAKE_BYTES,
  outboundBytes: config.MQTT_MAX_OUTBOUND_BYTES,
  drainFor: seconds(config.MQTT_DRAIN_SECONDS),
  deviceRate: config.MQTT_DEVICE_RATE,
  organisationRate: config.MQTT_ORGANISATION_RATE,
  queued: config.MQTT_MAX_QUEUED,
  queuedBytes: config.MQTT_MAX_QUEUED_BYTES,
  sessions: config.MQTT_MAX_SESSIONS,
  subscriptions: config.MQTT_MAX_SUBSCRIPTIONS,
  retained: config.MQTT_MAX_RETAINED,
  retainedBytes: config.MQTT_MAX_RETAINED_BYTES,
  unreleased: config.MQTT_MAX_UNRELEASED,
  handshakes: config.MQTT_MAX_HANDSHAKES,
  waiting: config.MQTT_MAX_WAITING,
  handshakeFor: seconds(config.MQTT_HANDSHAKE_SECONDS),
  connections: config.MQTT_MAX_CONNECTIONS,
});
