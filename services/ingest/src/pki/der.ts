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

/** An ECDSA signature as X.509 has it, from r and s side by side. */
export function ecdsaSignature(rs: Uint8Array): ArrayBuffer {
  const half = rs.length / 2;
  return new Uint8Array(der(0x30, derInteger(rs.subarray(0, half)), derInteger(rs.subarray(half)))).buffer;
}
