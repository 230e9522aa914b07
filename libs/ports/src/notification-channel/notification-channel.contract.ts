import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Notification, NotificationChannel, NotificationTarget } from './notification-channel';

/** How the receiver of a test answers. */
export type ReceiverAnswer = 'accepts' | 'passing trouble' | 'refuses for good' | 'is not there';

/** A channel with receivers at its other end. */
export interface NotificationChannelUnderTest {
  readonly channel: NotificationChannel;
  /** A target whose receiver answers like this. */
  target(answer: ReceiverAnswer): NotificationTarget;
  /** Ids that receivers which are there got, oldest first. */
  received(): readonly string[];
  close(): Promise<void>;
}

/** The promises of `NotificationChannel`; every implementation has to pass it. */
export function notificationChannelContract(name: string, factory: () => Promise<NotificationChannelUnderTest>): void {
  describe(`notification channel contract: ${name}`, () => {
    let given: NotificationChannelUnderTest;
    beforeAll(async () => {
      given = await factory();
    });
    afterAll(() => given?.close());
    const notification = (id: string): Notification => ({
      id,
      timestamp: 1_700_000_000,
      payload: { alarm: 'alm_1', text: 'ä€\u{1f3d7}' },
    });

    it('has a name', () => expect(given.channel.name).toMatch(/^[a-z][a-z-]*$/));

    it('says that the receiver accepted, and sends each attempt with the same id', async () => {
      const target = given.target('accepts');
      for (let attempt = 0; attempt < 2; attempt++) {
        expect(await given.channel.deliver(target, notification('dlv_1'))).toMatchObject({ kind: 'accepted' });
      }
      expect(given.received().filter((id) => id === 'dlv_1')).toHaveLength(2);
    });

    it.each([
      ['passing trouble', true],
      ['is not there', true],
      ['refuses for good', false],
    ] as const)('a receiver that %s: trying again can help: %s', async (answer, recoverable) => {
      const result = await given.channel.deliver(given.target(answer), notification('dlv_2'));
      expect(result).toMatchObject({ kind: 'failed', recoverable, reason: expect.stringMatching(/./) });
    });

    it('never tells the secret', async () => {
      for (const answer of ['passing trouble', 'is not there', 'refuses for good'] as const) {
        const target = given.target(answer);
        const result = await given.channel.deliver(target, notification('dlv_3'));
        expect(JSON.stringify(result)).not.toContain(target.secret);
      }
    });
  });
}
