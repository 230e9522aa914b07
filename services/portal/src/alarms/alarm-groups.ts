import type { Alarm } from '../api/queries';
import { levelRank } from '../parts/condition';

/** Open alarms of one cause. */
export interface AlarmGroup {
  readonly code: string;
  readonly title: string;
  /** The worst level in it. */
  readonly level: Alarm['level'];
  /** Newest first. */
  readonly alarms: readonly Alarm[];
  readonly spreaders: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** How many nobody has taken. */
  readonly untaken: number;
}

/** True while taking the alarm still means something. */
export const canTake = (alarm: Alarm): boolean =>
  alarm.state === 'unacknowledged' || alarm.state === 'returned_unacknowledged';

/** What several titles have in common: words that differ (positions, say) are left out. */
export function commonTitle(titles: readonly string[]): string {
  const [first, ...others] = titles.map((title) => title.split(' '));
  if (!first) return '';
  if (others.some((words) => words.length !== first.length)) return titles[0] ?? '';
  const same = first.filter((word, i) => others.every((words) => words[i] === word));
  return same.length === 0 ? (titles[0] ?? '') : same.join(' ');
}

const raised = (alarm: Alarm): number => Date.parse(alarm.raised_at);

/** Newest first. */
export const newestFirst = (alarms: readonly Alarm[]): Alarm[] =>
  [...alarms].sort((a, b) => raised(b) - raised(a) || a.id.localeCompare(b.id));

/** One group for each cause: worst first, then the most alarms, then the first that came. */
export function groupByCause(alarms: readonly Alarm[]): AlarmGroup[] {
  const byCode = new Map<string, Alarm[]>();
  for (const alarm of newestFirst(alarms)) {
    const group = byCode.get(alarm.code);
    if (group) group.push(alarm);
    else byCode.set(alarm.code, [alarm]);
  }
  return [...byCode]
    .map(([code, own]): AlarmGroup => {
      const times = own.map(raised);
      return {
        code,
        title: commonTitle(own.map(({ title }) => title)),
        level: own.reduce((worst, { level }) => (levelRank[level] < levelRank[worst] ? level : worst), own[0]?.level ?? 'ok'),
        alarms: own,
        spreaders: new Set(own.map(({ spreader_id }) => spreader_id)).size,
        firstAt: times.reduce((a, b) => Math.min(a, b), Infinity),
        lastAt: times.reduce((a, b) => Math.max(a, b), -Infinity),
        untaken: own.filter(canTake).length,
      };
    })
    .sort(
      (a, b) =>
        levelRank[a.level] - levelRank[b.level] || b.alarms.length - a.alarms.length || a.firstAt - b.firstAt,
    );
}
