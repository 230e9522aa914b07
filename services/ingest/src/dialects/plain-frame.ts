import { clockQuality, type NativeFrame } from '@quaywatch/contracts';

const envelopeKeys = 12;
/** As `btuSerial` of the contract. */
const serial = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const clocks: ReadonlySet<unknown> = new Set(clockQuality.options);
const isCount = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && (value as number) >= least;

/**
 * The value itself when it is a frame of samples by the contract `nativeFrame`, else undefined: then the contract is asked
 * what it is. Nearly all that devices send are such frames, and this takes a fraction of the contract's time; a test
 * holds the two together.
 */
export function plainFrame(value: unknown): NativeFrame | undefined {
  if (!isObject(value) || Object.keys(value).length !== envelopeKeys) return undefined;
  const { v, stream, sid, bid, boot, seq, tsDev, up, tsSent, cq, hist, body } = value;
  const fine =
    v === 1 &&
    (stream === 'live' || stream === 'event') &&
    (sid === null || (typeof sid === 'string' && sid.length <= 64)) &&
    typeof bid === 'string' &&
    serial.test(bid) &&
    isCount(boot, 0) &&
    isCount(seq, 1) &&
    Number.isFinite(tsDev) &&
    Number.isFinite(up) &&
    (up as number) >= 0 &&
    Number.isFinite(tsSent) &&
    clocks.has(cq) &&
    typeof hist === 'boolean' &&
    isObject(body) &&
    Object.keys(body).length === 1 &&
    isObject(body.signals) &&
    areColumns(body.signals);
  return fine ? (value as unknown as NativeFrame) : undefined;
}

function areColumns(signals: Record<string, unknown>): boolean {
  for (const name of Object.keys(signals)) {
    const column = signals[name];
    if (name.length > 64 || !isObject(column) || Object.keys(column).length !== 2) return false;
    const { t, values } = column;
    if (!Array.isArray(t) || !Array.isArray(values) || t.length > 5000 || values.length > 5000) return false;
    for (const time of t) if (!Number.isFinite(time)) return false;
    for (const value of values as unknown[])
      if (
        value !== null &&
        typeof value !== 'boolean' &&
        !Number.isFinite(value) &&
        !(typeof value === 'string' && value.length <= 256)
      )
        return false;
  }
  return true;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
