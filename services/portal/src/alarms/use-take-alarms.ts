import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { alarmsQuery, meQuery, type Alarm } from '../api/queries';
import { request } from '../api/request';
import { serverNow } from '../time/clock';
import { canTake } from './alarm-groups';

/** So many alarms of a group are taken at the same time. */
const atOnce = 4;

/** Taking alarms: shown at once, put back when the server says no, and said so. */
export function useTakeAlarms(): {
  readonly take: (alarms: readonly Alarm[]) => void;
  readonly taking: ReadonlySet<string>;
  readonly failure: string | null;
} {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [taking, setTaking] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<string | null>(null);

  const put = (alarm: Alarm): void => {
    client.setQueryData(alarmsQuery.queryKey, (old) => old?.map((one) => (one.id === alarm.id ? alarm : one)));
  };

  const takeAll = async (wanted: readonly Alarm[]): Promise<void> => {
    const alarms = wanted.filter(canTake);
    if (alarms.length === 0) return;
    setFailure(null);
    setTaking((old) => new Set([...old, ...alarms.map(({ id }) => id)]));
    await client.cancelQueries({ queryKey: alarmsQuery.queryKey });
    const by = client.getQueryData(meQuery.queryKey)?.id ?? null;
    for (const alarm of alarms) {
      put({ ...alarm, state: 'acknowledged', acknowledged_at: new Date(serverNow()).toISOString(), acknowledged_by: by });
    }
    const failed: { alarm: Alarm; reason: string }[] = [];
    const waiting = [...alarms];
    const work = async (): Promise<void> => {
      for (let alarm = waiting.shift(); alarm; alarm = waiting.shift()) {
        try {
          put(await request('takeAlarm', { path: { id: alarm.id }, body: {} }));
        } catch (error) {
          put(alarm);
          failed.push({ alarm, reason: error instanceof Error ? error.message : String(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, alarms.length) }, work));
    const done = new Set(alarms.map(({ id }) => id));
    setTaking((old) => new Set([...old].filter((id) => !done.has(id))));
    const [first] = failed;
    if (first) {
      const { title, spreader_number: number } = first.alarm;
      setFailure(
        alarms.length === 1
          ? t('alarms.failed', { title, number, reason: first.reason })
          : t('alarms.failedSome', { failed: failed.length, count: alarms.length, reason: first.reason }),
      );
    }
    await client.invalidateQueries({ queryKey: alarmsQuery.queryKey });
  };

  return { take: (alarms) => void takeAll(alarms), taking, failure };
}
