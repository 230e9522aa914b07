import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { days, describeError, Fault } from '@quaywatch/kernel';
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
  /** How the server must encrypt what it keeps; what it does not is refused. `aws:kms` with the key of that name or its own. */
  readonly encryption?: { readonly kind: 'AES256' | 'aws:kms'; readonly key?: string };
  /** Object lock: what is stored below these prefixes cannot be removed from the server for so many days, by nobody. */
  readonly lock?: {
    readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
    readonly days: number;
    readonly prefixes: readonly string[];
  };
}

/**
 * The ObjectStore on S3 (path style; a put is one atomic request up to 5 GB). Throws Fault `OBJECT_KEY`,
 * `OBJECT_STORE_DENIED` (keys or bucket are wrong, or the bucket has no object lock), `OBJECT_NOT_ENCRYPTED` or
 * `OBJECT_STORE_UNAVAILABLE` (retryable). With object lock a key may be removed or put again: the locked version stays.
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
      if (!(await s3.bucketExists(bucket)))
        await s3.makeBucket(bucket, region, { ObjectLocking: options.lock !== undefined });
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
        await sleep(100 * 3 ** attempt * Math.random());
      }
    }
  };

  type Open = (s3: Client) => Promise<AsyncIterable<Buffer>>;
  const readOnce = (open: Open): Promise<Uint8Array | undefined> =>
    call(async (s3) => {
      try {
        return await whole(await open(s3));
      } catch (error) {
        if (codeOf(error) === 'NoSuchKey' || codeOf(error) === 'NotFound') return undefined;
        throw error;
      }
    });

  // "No such key" is believed when it is said three times: radosgw says it, of a bucket with versions, in one of some
  // 200 reads of an object that is being replaced.
  const read = async (key: string, open: Open): Promise<Uint8Array | undefined> => {
    checkObjectKey(key);
    for (const pause of [10, 50]) {
      const found = await readOnce(open);
      if (found) return found;
      await sleep(pause);
    }
    return readOnce(open);
  };

  return {
    put: async (key, bytes) => {
      checkObjectKey(key);
      const body = Buffer.from(bytes);
      await call(async (s3) => {
        // Not `putObject`: it takes the headers of object lock for names of our own, and keeps the answer's to itself.
        const request = { method: 'PUT', bucketName: bucket, objectName: key, headers: headersOf(options, key, body) };
        const answer = await s3.makeRequestAsync(request, body, [200]);
        await whole(answer);
        if (!options.encryption || answer.headers['x-amz-server-side-encryption'] === options.encryption.kind) return;
        await s3.removeObject(bucket, key);
        throw new Fault('OBJECT_NOT_ENCRYPTED', `the object store does not encrypt with ${options.encryption.kind}`);
      });
    },
    get: async (key) => read(key, (s3) => s3.getObject(bucket, key)),
    getRange: async (key, from, to) => read(key, (s3) => s3.getPartialObject(bucket, key, from, to - from)),
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

function headersOf({ encryption, lock }: S3ObjectStoreOptions, key: string, body: Buffer): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
  if (encryption) headers['x-amz-server-side-encryption'] = encryption.kind;
  if (encryption?.key !== undefined) headers['x-amz-server-side-encryption-aws-kms-key-id'] = encryption.key;
  if (lock?.prefixes.some((prefix) => key.startsWith(prefix))) {
    headers['x-amz-object-lock-mode'] = lock.mode;
    headers['x-amz-object-lock-retain-until-date'] = new Date(Date.now() + days(lock.days)).toISOString();
    // The protocol wants it with a lock.
    headers['content-md5'] = createHash('md5').update(body).digest('base64');
  }
  return headers;
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
    // A lock is asked of a bucket without object lock, or a key that the server does not have.
    'InvalidRequest',
    'InvalidArgument',
  ];
  return denied.includes(code)
    ? new Fault('OBJECT_STORE_DENIED', `bucket ${bucket} cannot be used (${text})`, { cause })
    : new Fault('OBJECT_STORE_UNAVAILABLE', `the object store cannot be used (${text})`, { cause, retryable: true });
}
