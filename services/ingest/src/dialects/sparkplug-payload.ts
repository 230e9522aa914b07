import protobuf from 'protobufjs';

// Sparkplug B 3.0, 6.4.1: `org.eclipse.tahu.protobuf.Payload`, without the values of templates, data sets and property
// sets: they are skipped as fields that are not known, and refused by their data type when they are born.
const schema = `syntax = "proto2";
package org.eclipse.tahu.protobuf;
message Payload {
  message Metric {
    optional string name = 1;
    optional uint64 alias = 2;
    optional uint64 timestamp = 3;
    optional uint32 datatype = 4;
    optional bool is_historical = 5;
    optional bool is_transient = 6;
    optional bool is_null = 7;
    oneof value {
      uint32 int_value = 10;
      uint64 long_value = 11;
      float float_value = 12;
      double double_value = 13;
      bool boolean_value = 14;
      string string_value = 15;
      bytes bytes_value = 16;
    }
  }
  optional uint64 timestamp = 1;
  repeated Metric metrics = 2;
  optional uint64 seq = 3;
  optional string uuid = 4;
  optional bytes body = 5;
}`;

const type = protobuf.parse(schema, { keepCase: true }).root.lookupType('org.eclipse.tahu.protobuf.Payload');

/** A metric of a Sparkplug payload; 64-bit numbers as decimal text. */
export interface SparkplugMetric {
  readonly name?: string;
  readonly alias?: string;
  readonly timestamp?: string;
  readonly datatype?: number;
  readonly is_historical?: boolean;
  readonly is_null?: boolean;
  readonly int_value?: number;
  readonly long_value?: string;
  readonly float_value?: number;
  readonly double_value?: number;
  readonly boolean_value?: boolean;
  readonly string_value?: string;
}

/** A Sparkplug payload. */
export interface SparkplugPayload {
  readonly timestamp?: string;
  readonly seq?: string;
  readonly metrics: readonly SparkplugMetric[];
}

/** Most metrics of a payload. */
export const metricLimit = 5000;

/** Reads a payload; undefined when it is none. */
export function readPayload(bytes: Uint8Array): SparkplugPayload | undefined {
  try {
    const message = type.decode(bytes);
    if ((message as unknown as { metrics: unknown[] }).metrics.length > metricLimit) return undefined;
    return type.toObject(message, { longs: String, arrays: true }) as SparkplugPayload;
  } catch {
    return undefined;
  }
}

/** Writes a payload; numbers of 64 bits may be numbers or decimal text. */
export const writePayload = (payload: {
  timestamp?: number;
  seq?: number;
  metrics: readonly Readonly<Record<string, unknown>>[];
}): Uint8Array => type.encode(type.fromObject(payload)).finish();

/** Data types of Sparkplug B 3.0, 6.4.16, that can be samples. */
const signedBits: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64 };

/** The value of a metric of this data type; undefined when it is of a kind that is no sample. */
export function valueOf(metric: SparkplugMetric, datatype: number): number | boolean | string | null | undefined {
  if (metric.is_null) return null;
  const bits = signedBits[datatype];
  if (metric.int_value !== undefined) return bits ? signed(BigInt(metric.int_value), bits) : metric.int_value;
  if (metric.long_value !== undefined)
    return bits ? signed(BigInt(metric.long_value), bits) : Number(metric.long_value);
  const real = metric.float_value ?? metric.double_value;
  if (real !== undefined) return Number.isFinite(real) ? real : null;
  return metric.boolean_value ?? metric.string_value;
}

/** Kinds of metric that are no samples, by their data type. */
const kinds: Readonly<Record<number, string>> = { 16: 'DataSet', 17: 'Bytes', 18: 'File', 19: 'Template' };

/** What kind of metric this data type is when it can never be a sample; undefined when it can. */
export const kindThatIsNoSample = (datatype: number | undefined): string | undefined =>
  datatype === undefined ? undefined : (kinds[datatype] ?? (datatype >= 20 && datatype <= 34 ? 'array' : undefined));

const signed = (value: bigint, bits: number): number => Number(BigInt.asIntN(bits, value));
