/** Why the server cannot be had on this machine; its message is one line for a person. */
export class S3NotAvailable extends Error {}

/** Name of the one key that the server encrypts with by `aws:kms`. */
export const kmsKey: string;

/** An S3 server that runs on this machine. */
export interface LocalS3 {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

/** Starts the server with its files in `dataDir` (empty); objects are in memory. Throws S3NotAvailable. */
export function startRadosgw(options: { dataDir: string }): Promise<LocalS3>;
