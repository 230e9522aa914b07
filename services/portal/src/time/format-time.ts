const locales: Readonly<Record<string, string>> = { en: 'en-GB' };

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([language, timeZone, options]);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locales[language] ?? language, { timeZone, hourCycle: 'h23', ...options });
  formats.set(key, made);
  return made;
}

/** Time zone of this browser, IANA. */
export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Times of one time zone in the words of one language; 24-hour clock. */
export interface TimeWords {
  readonly timeZone: string;
  /** `14:32` */
  clock(at: number): string;
  /** `14:32:07` */
  seconds(at: number): string;
  /** `17 Nov` */
  day(at: number): string;
  /** `17 Nov, 06:12`; with the year when it is not the year of `now`. */
  dateTime(at: number, now?: number): string;
  /** `2026-11-17 06:12:09`, for tables that a program reads. */
  plain(at: number): string;
}

/** The time words of an IANA zone; an unknown zone becomes UTC. */
export function timeWords(timeZone: string, language = 'en'): TimeWords {
  const zone = isZone(timeZone) ? timeZone : 'UTC';
  const day = format(language, zone, { day: 'numeric', month: 'short' });
  const dayYear = format(language, zone, { day: 'numeric', month: 'short', year: 'numeric' });
  const clock = format(language, zone, { hour: '2-digit', minute: '2-digit' });
  const seconds = format(language, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const year = format('en', zone, { year: 'numeric' });
  const iso = format('sv', zone, { year: 'numeric', month: '2-digit', day: '2-digit' });
  return {
    timeZone: zone,
    clock: (at) => clock.format(at),
    seconds: (at) => seconds.format(at),
    day: (at) => day.format(at),
    dateTime: (at, now = at) => {
      const date = year.format(at) === year.format(now) ? day : dayYear;
      return `${date.format(at)}, ${clock.format(at)}`;
    },
    plain: (at) => `${iso.format(at)} ${seconds.format(at)}`,
  };
}

const known = new Map<string, boolean>();
function isZone(timeZone: string): boolean {
  let good = known.get(timeZone);
  if (good === undefined) {
    try {
      new Intl.DateTimeFormat('en', { timeZone });
      good = true;
    } catch {
      good = false;
    }
    known.set(timeZone, good);
  }
  return good;
}
