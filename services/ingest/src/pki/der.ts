import { AlgorithmIdentifier } from '@peculiar/asn1-x509';

/** ecdsa-with-SHA256, without parameters (RFC 5758). */
export const ecdsaSha256 = (): AlgorithmIdentifier => new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });

/** A DER value: tag, length, content. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** INTEGER of an unsigned big-endian number. */
export function derInteger(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const number = bytes.subarray(from);
  return der(2, (number[0] ?? 0) >= 128 ? Buffer.concat([Buffer.from([0]), number]) : number);
}

/** r and s side by side, each of `size` bytes, from an ECDSA signature as X.509 has it; undefined when it is none. */
export function rawSignature(signature: Uint8Array, size: number): Uint8Array | undefined {
  const raw = new Uint8Array(2 * size);
  let at = 2;
  if (signature[0] !== 0x30 || signature[1] !== signature.length - 2) return undefined;
  for (let part = 1; part <= 2; part++) {
    const length = signature[at + 1] ?? 0;
    const number = signature.subarray(at + 2, at + 2 + length);
    const digits = number[0] === 0 ? number.subarray(1) : number;
    if (signature[at] !== 2 || number.length !== length || length === 0 || digits.length > size) return undefined;
    raw.set(digits, part * size - digits.length);
    at += 2 + length;
  }
  return at === signature.length ? raw : undefined;
}

/** An ECDSA signature as X.509 has it, from r and s side by side. */
export function ecdsaSignature(rs: Uint8Array): ArrayBuffer {
  const half = rs.length / 2;
  return new Uint8Array(der(0x30, derInteger(rs.subarray(0, half)), derInteger(rs.subarray(half)))).buffer;
}
