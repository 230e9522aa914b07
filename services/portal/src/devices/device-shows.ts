/** What the list can be narrowed to. */
export const deviceShows = ['silent', 'waiting', 'expiring', 'frames'] as const;

/** A narrowing of the list. */
export type DeviceShow = (typeof deviceShows)[number];
