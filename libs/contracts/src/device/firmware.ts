import { z } from 'zod';

/** `major.minor.patch`, each a whole number. */
export const firmwareVersion = z.string().regex(/^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/);

/** What the publisher of a firmware signs. */
export const firmwareManifest = z.strictObject({
  v: z.literal(1),
  /** Hardware it is made for; a device of another model refuses it. */
  model: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  version: firmwareVersion,
  /** Bytes of the artefact. */
  size: z.int().min(1).max(268_435_456),
  /** SHA-256 of the artefact, hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** True = may take the place of a newer version; else that is refused. */
  rollback: z.boolean(),
  /** When it was made, ms UTC. */
  madeAt: z.number(),
  notes: z.string().max(1000),
});

/** What the publisher of a firmware signs. */
export type FirmwareManifest = z.infer<typeof firmwareManifest>;

/** A manifest with its signature: the text is kept as it was signed. */
export const signedManifest = z.strictObject({
  /** JSON of the manifest. */
  manifest: z.string().min(2).max(4096),
  /** Over `firmwareSigned(manifest)`, base64: Ed25519, or ECDSA with SHA-256. */
  signature: z.string().regex(/^[A-Za-z0-9+/]{40,512}={0,2}$/),
});

/** A manifest with its signature. */
export type SignedManifest = z.infer<typeof signedManifest>;

/** The text that is signed: what is signed for this can be taken for nothing else. */
export const firmwareSigned = (manifest: string): string => `quaywatch-firmware-v1\n${manifest}`;

/** Below 0 when version `a` is older than `b`, 0 when they are the same; both of `firmwareVersion`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The manifest in a text; undefined when it is none. */
export function readManifest(text: string): FirmwareManifest | undefined {
  try {
    const parsed = firmwareManifest.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Where a device asks for firmware, over HTTPS with its certificate, on the port of enrolment. */
export const firmwarePaths = {
  /** GET: the offer for this device, or 204. */
  offer: '/firmware/v1/offer',
  /** POST: how far it is. */
  report: '/firmware/v1/report',
  /** GET with Range: bytes of the artefact. */
  artefact: (firmware: string): string => `/firmware/v1/artefact/${firmware}`,
} as const;

/** What a device that asks is offered. */
export const firmwareOffer = z.strictObject({
  v: z.literal(1),
  rollout: z.string().max(64),
  firmware: z.string().max(64),
  ...signedManifest.shape,
});

/** What a device that asks is offered. */
export type FirmwareOffer = z.infer<typeof firmwareOffer>;

/** How far a device is with a firmware; the last three are ends. `waiting`: until no twistlock is locked. */
export const firmwareSteps = ['downloading', 'waiting', 'installing', 'confirmed', 'failed', 'rolled_back'] as const;

/** How far a device is with a firmware. */
export const firmwareStep = z.enum(firmwareSteps);

/** How far a device is with a firmware. */
export type FirmwareStep = z.infer<typeof firmwareStep>;

/** What a device tells of its update. */
export const firmwareReport = z.strictObject({
  v: z.literal(1),
  rollout: z.string().regex(/^rlt_[0-9a-z]{1,60}$/),
  step: firmwareStep,
  detail: z.string().max(200),
});

/** What a device tells of its update. */
export type FirmwareReport = z.infer<typeof firmwareReport>;
