import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { describeError, Fault } from '@quaywatch/kernel';
import { checkObjectKey, checkObjectPrefix, type ObjectInfo, type ObjectStore } from '@quaywatch/ports';
import { Client, InvalidBucketNameError } from 'minio';

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
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 16 })
    : new HttpAgent({ keepAlive: true, maxSockets: 16 });
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
        // Its own way to try again writes to the console; `call` does it.
        retryOptions: { disableRetry: true },
        // One part: either the whole object or none; the port hands over whole buffers anyway.
        partSize: 5 * 1024 ** 3,
      });
      current = { keys, client: made };
    }
    return current.client;
  };

  const ensureBucket = async (s3: Client): Promise<void> => {
    if (options.createBucket === false) return;
    try {
      if (!(await s3.bucketExists(bucket))) await s3.makeBucket(bucket, region);
    } catch (error) {
      // A key that may only use objects cannot look at the bucket itself: the call that follows will tell.
      if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists', 'AccessDenied'].includes(codeOf(error))) throw error;
    }
  };

  const once = async <T>(work: (s3: Client) => Promise<T>): Promise<T> => {
    try {
      return await limited(options.limit ?? 60_000, async () => {
        const s3 = await client();
        bucketReady ??= ensureBucket(s3);
        await bucketReady.catch((error: unknown) => {
          bucketReady = undefined;
          throw error;
        });
        return work(s3);
      });
    } catch (error) {
      throw faultOf(error, bucket);
    }
  };

  // Every call may be done twice without harm.
  const call = async <T>(work: (s3: Client) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(work);
      } catch (error) {
        const passing = error instanceof Fault && error.retryable && !timedOut.has(error);
        if (!passing || attempt === 3) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100 * 3 ** attempt * Math.random()));
      }
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

/** Faults of calls that took all the time there was: they are not tried again here. */
const timedOut = new WeakSet<Fault>();

async function limited<T>(limit: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const fault = new Fault('OBJECT_STORE_UNAVAILABLE', `no answer within ${limit} ms`, { retryable: true });
      timedOut.add(fault);
      reject(fault);
    }, limit);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** S3's error code; minio's own checks have a class only. */
function codeOf(error: unknown): string {
  if (error instanceof InvalidBucketNameError) return 'InvalidBucketName';
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}

function faultOf(cause: unknown, bucket: string): unknown {
  if (cause instanceof Fault) return cause;
  const code = codeOf(cause);
  const text = `${code ? `${code}: ` : ''}${describeError(cause)}`;
  const denied = [
    'AccessDenied',
    'Forbidden',
    'InvalidAccessKeyId',
    'SignatureDoesNotMatch',
    'NoSuchBucket',
    'InvalidBucketName',
  ];
  return denied.includes(code)
    ? new Fault('OBJECT_STORE_DENIED', `bucket ${bucket} cannot be used (${text})`, { cause })
    : new Fault('OBJECT_STORE_UNAVAILABLE', `the object store cannot be used (${text})`, { cause, retryable: true });
}
