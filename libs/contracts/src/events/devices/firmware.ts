import { z } from 'zod';
import { firmwareStep, firmwareVersion } from '../../device/firmware';
import { defineEvent } from '../define-event';

const rollout = { rollout: z.string() };

export const firmwarePublished = defineEvent({
  type: 'firmware-published',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A firmware whose manifest a known publisher signed is here whole, ready to be rolled out.',
  versions: [
    z.strictObject({
      firmware: z.string(),
      model: z.string(),
      version: firmwareVersion,
      size: z.int().positive(),
      sha256: z.string(),
      rollback: z.boolean(),
      notes: z.string(),
      /** As signed. */
      manifest: z.string(),
      signature: z.string(),
      by: z.string(),
    }),
  ],
});

export const rolloutStarted = defineEvent({
  type: 'rollout-started',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A firmware goes out to devices, group by group; the first group is open.',
  versions: [
    z.strictObject({
      ...rollout,
      firmware: z.string(),
      version: firmwareVersion,
      /** Serials of each group, in the order in which the groups are opened. */
      groups: z.array(z.array(z.string()).min(1)).min(1),
      /** Share of the devices in open groups, 0–1, above which failures stop it. */
      failureLimit: z.number().min(0).max(1),
      /** Least time between the opening of two groups, ms. */
      soakFor: z.number().nonnegative(),
      /** Time after which a device that installs and says no more counts as failed, ms. */
      confirmFor: z.number().positive(),
      by: z.string(),
    }),
  ],
});

export const rolloutGroupOpened = defineEvent({
  type: 'rollout-group-opened',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'The next group of a roll-out may have the firmware: the groups before did well, or somebody said so.',
  versions: [
    z.strictObject({
      ...rollout,
      /** Groups that are open now. */
      open: z.int().positive(),
      /** Who said so; null = the rules of the roll-out. */
      by: z.string().nullable(),
    }),
  ],
});

export const rolloutProgressed = defineEvent({
  type: 'rollout-progressed',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A device of a roll-out came further: downloads, waits, installs, runs the firmware, failed or went back.',
  versions: [z.strictObject({ ...rollout, btu: z.string(), step: firmwareStep, detail: z.string() })],
});

export const rolloutStopped = defineEvent({
  type: 'rollout-stopped',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'A roll-out goes to no further device: too many failed, or somebody stopped it.',
  versions: [z.strictObject({ ...rollout, reason: z.string(), by: z.string().nullable() })],
});

export const rolloutCompleted = defineEvent({
  type: 'rollout-completed',
  topic: 'devices',
  owner: 'ingest',
  grade: 'fact',
  doc: 'Every device of a roll-out has come to an end with it, and not too many failed.',
  versions: [z.strictObject(rollout)],
});
