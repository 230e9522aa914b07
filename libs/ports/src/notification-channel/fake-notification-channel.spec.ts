import { FakeNotificationChannel } from './fake-notification-channel';
import { notificationChannelContract } from './notification-channel.contract';

notificationChannelContract('fake', async () => {
  const channel = new FakeNotificationChannel();
  channel.answers.set('passing trouble', { kind: 'failed', recoverable: true, reason: 'answered 503', status: 503 });
  channel.answers.set('is not there', { kind: 'failed', recoverable: true, reason: 'no answer' });
  channel.answers.set('refuses for good', { kind: 'failed', recoverable: false, reason: 'gone', status: 410 });
  return {
    channel,
    target: (answer) => ({ address: answer, secret: 'very-secret' }),
    received: () => channel.delivered.map(({ notification }) => notification.id),
    close: async () => {},
  };
});
