import { platformatic } from './kafka-compression';
import { kafkaFault } from './kafka-fault';
import { platformaticSecurity, type KafkaSecurity } from './kafka-security';

/** How to reach the brokers. */
export interface KafkaPlace {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity;
}

/**
 * Tells the group's coordinator that a member is gone. kafkajs does not when it breaks down: the broker would hold the
 * partitions of the dead member for the whole session time-out, once more for each breakdown. Rejects when the broker
 * cannot be reached within some seconds; then that time-out is the bound.
 */
export async function leaveGroup(place: KafkaPlace, groupId: string, memberId: string): Promise<void> {
  // kafkajs has no request for it that its users may send.
  const { Admin } = await platformatic();
  const admin = new Admin({
    clientId: place.clientId,
    bootstrapBrokers: [...place.brokers],
    connectTimeout: 1000,
    requestTimeout: 2000,
    timeout: 2000,
    retries: 2,
    retryDelay: 200,
    ...platformaticSecurity(place.security),
  });
  try {
    await admin.removeMembersFromConsumerGroup({ groupId, members: [{ memberId, reason: 'the reader broke down' }] });
  } catch (error) {
    throw kafkaFault(error);
  } finally {
    await admin.close().catch(() => undefined);
  }
}
