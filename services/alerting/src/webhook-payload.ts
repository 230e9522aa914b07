import type { TicVersion, WebhookFormat } from '@quaywatch/contracts';
import { cloudEvent, type Alarm, type NotificationType } from '@quaywatch/domain/alerts';
import { ticAlarmMessage } from '@quaywatch/domain/interchange';
import { toIso, type Instant } from '@quaywatch/kernel';
import type { Place } from './whereabouts';

/** A notification to write: the event that it tells of, and its alarm; null = a test message. */
export interface ToWrite {
  readonly id: string;
  readonly at: Instant;
  readonly endpoint: string;
  readonly news: { readonly type: NotificationType; readonly alarm: Alarm; readonly where: Place } | null;
}

/** The body of a webhook, in the format that its address asked for; the same bytes at every attempt. */
export function webhookPayload(format: WebhookFormat, { id, at, endpoint, news }: ToWrite): string {
  if (format === 'cloudevents') {
    if (news) return JSON.stringify(cloudEvent(id, news.type, at, news.alarm, news.where));
    const time = toIso(at);
    const head = { specversion: '1.0', id, type: 'webhook.test', source: '/webhook-endpoints', subject: endpoint };
    return JSON.stringify({ ...head, time, timestamp: time, datacontenttype: 'application/json', data: {} });
  }
  const alarm = news && {
    spreader: news.alarm.subject.spreader,
    number: news.where.number,
    crane: news.where.crane,
    component: news.alarm.subject.component,
    code: news.alarm.subject.code,
    title: news.alarm.subject.title,
    raisedAt: news.alarm.subject.raisedAt,
    clearedAt: news.alarm.clearedAt,
  };
  const topic = news ? news.type : 'webhook.test';
  const envelope = { id, sender: 'quaywatch', destination: endpoint, topic, at };
  return JSON.stringify(ticAlarmMessage(alarm, format.slice('tic40-'.length) as TicVersion, envelope));
}
