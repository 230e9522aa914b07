import { serverNow } from '../time/clock';
import { timeWords } from '../time/format-time';

/** A time in a zone's words, `17 Nov, 06:12`; the exact time with its zone is in the tooltip. Nothing for null. */
export function TimeText({ at, timeZone }: { readonly at: string | null; readonly timeZone: string }) {
  if (at === null) return null;
  const ms = Date.parse(at);
  const words = timeWords(timeZone);
  return (
    <time dateTime={at} title={`${words.plain(ms)} ${words.timeZone}`}>
      {words.dateTime(ms, serverNow())}
    </time>
  );
}
