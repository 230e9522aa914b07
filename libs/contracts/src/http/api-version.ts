/** Dated versions of the API that are served, oldest first; within them answers keep their shape. */
export const apiVersions = ['2026-11-01'] as const;

/** The version that a caller gets who names none. */
export const apiVersion = apiVersions[apiVersions.length - 1] as (typeof apiVersions)[number];
