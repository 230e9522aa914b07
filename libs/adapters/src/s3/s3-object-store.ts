import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { describeError, Fault } from '@quaywatch/kernel';
import { checkObjectKey, checkObjectPrefix, type ObjectInfo, type ObjectStore } from '@quaywatch/ports';
import { Client } from 'minio';

/** Where the S3-compatible store is. */
export interface S3ObjectStoreOptions {
  /** URL, e.g. `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Asked before each call, so that keys can rotate. */
  readonly accessKey: () => Promise<string>;
  readonly secretKey: () => Promise<string>;
  /** Make the bucket when it is not there; default true. A key that may not do so is no fault when the bucket exists. */
  readonly createBucket?: boolean;
  /** Longest time for one call, ms; default 60 s. */
  readonly limit?: number;
}

/**
 * The ObjectStore on S3 (path style; a put is one atomic request up to 5 GB). Throws Fault `OBJECT_KEY`,
 * `OBJECT_STORE_DENIED` (keys or bucket are wrong) or `OBJECT_STORE_UNAVAILABLE` (retryable).
 */
export function s3ObjectStore(options: S3ObjectStoreOptions): ObjectStore {
  const { bucket, region } = options;
  const target = new URL(options.endpoint);
  const secure = target.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true, maxSockets: 16 }) : new HttpAgent({ keepAlive: true, maxSockets: 16 });
  let current: { readonly keys: string; readonly client: Client } | undefined;
  let bucketReady: Promise<void> | undefined;

  const client = async (): Promise<Client> => {
    const [accessKey, secretKey] = await Promise.all([options.accessKey(), options.secretKey()]);
    const keys = `${accessKey} ${secretKey}`;
    if (current?.keys !== keys) {
      const made = new Client({
        endPoint: target.hostname,
        port: Number(target.port) || (secure ? 443 : 80),
        useSSL: secure,
        region,
        accessKey,
        secretKey,
        pathStyle: true,
        transportAgent: agent,
        // One part: either the whole object or none; the port hands over whole buffers anyway.
        partSize: 5 * 1024 ** 3,
      });
      current = { keys, client: made };
    }
    return current.client;
  };

  const ensureBucket = async (s3: Client): Promise<void> => {
    if (options.createBucket === false || (await s3.bucketExists(bucket))) return;
    try {
      await s3.makeBucket(bucket, region);
    } catch (error) {
      if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes(codeOf(error))) throw error;
    }
  };

  const call = async <T>(work: (s3: Client) => Promise<T>): Promise<T> => {
    try {
      return await limited(options.limit ?? 60_000, async () => {
        const s3 = await client();
        bucketReady ??= ensureBucket(s3);
        await bucketReady.catch((error: unknown) => {
          bucketReady = undefined;
          // A key that may only use objects cannot look at the bucket itself.
          if (codeOf(error) !== 'AccessDenied' && codeOf(error) !== 'Forbidden') throw error;
        });
        return work(s3);
      });
    } catch (error) {
      throw faultOf(error, bucket);
    }
  };

  return {
    put: async (key, bytes) => {
      checkObjectKey(key);
      const body = Buffer.from(bytes);
      await call((s3) => s3.putObject(bucket, key, body, body.length));
    },
    get: async (key) => {
      checkObjectKey(key);
      return call(async (s3) => {
        try {
          return await whole(await s3.getObject(bucket, key));
        } catch (error) {
          if (codeOf(error) === 'NoSuchKey' || codeOf(error) === 'NotFound') return undefined;
          throw error;
        }
      });
    },
    list: async (prefix) => {
      checkObjectPrefix(prefix);
      return call(async (s3) => {
        const found: ObjectInfo[] = [];
        for await (const item of s3.listObjectsV2(bucket, prefix, true)) {
          const { name, size } = item as { name?: string; size?: number };
          if (name !== undefined) found.push({ key: name, size: size ?? 0 });
        }
        return found.sort((a, b) => (a.key < b.key ? -1 : 1));
      });
    },
    remove: async (key) => {
      checkObjectKey(key);
      await call((s3) => s3.removeObject(bucket, key));
    },
    close: async () => agent.destroy(),
  };
}

async function whole(stream: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

async function limited<T>(limit: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Fault('OBJECT_STORE_UNAVAILABLE', `no answer within ${limit} ms`, { retryable: true })), limit);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? '');

function faultOf(cause: unknown, bucket: string): unknown {
  if (cause instanceof Fault) return cause;
  const code = codeOf(cause);
  const text = `${code ? `${code}: ` : ''}${describeError(cause)}`;
  const denied = ['AccessDenied', 'Forbidden', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'NoSuchBucket', 'InvalidBucketName'];
  return denied.includes(code)
    ? new Fault('OBJECT_STORE_DENIED', `bucket ${bucket} cannot be used (${text})`, { cause })
    : new Fault('OBJECT_STORE_UNAVAILABLE', `the object store cannot be used (${text})`, { cause, retryable: true });
}
