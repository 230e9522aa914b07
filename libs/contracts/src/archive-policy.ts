import { z } from 'zod';

/**
 * How long the archive of telemetry is kept, as an operator writes it down: days for each organisation (one without is
 * kept for ever), and legal holds, which keep everything of an organisation or of one spreader until they are taken out.
 */
export const archivePolicy = z.strictObject({
  days: z.record(z.string(), z.number().int().positive()),
  holds: z
    .array(z.strictObject({ org: z.string(), spreader: z.string().optional(), reason: z.string().min(3) }))
    .default([]),
});

/** A policy that was checked. */
export type ArchivePolicy = z.infer<typeof archivePolicy>;
