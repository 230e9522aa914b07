import { describeError, Fault, seconds, type Duration } from '@quaywatch/kernel';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { rawSignature } from './der';
import type { Signer } from './signer';

const made = z.object({ ref: z.string().regex(/^[\w.:/-]{1,200}$/), spki: z.base64() });
/** Exit code of the program for a key that it does not have. */
const missingKey = 3;

/** How long the program may take, how many of it run at a time, and how many calls wait beside them. */
export interface SignerBounds {
  readonly patience: Duration;
  readonly atOnce: number;
  readonly waiting: number;
}

const usual: SignerBounds = { patience: seconds(20), atOnce: 4, waiting: 256 };

/**
 * Leaves keys to a program of the operator (SIGNER_COMMAND): a PKCS#11 token, a key service of a cloud. It is called
 * without a shell as `PROGRAM generate`, which makes a P-256 key and writes `{"ref", "spki"}` (SPKI in DER, base64), and
 * as `PROGRAM sign REF` with the SHA-256 digest on its standard input (hex), which writes the ECDSA signature in base64,
 * as DER or as r and s side by side; exit code 3 says that there is no such key. `deploy/signer/pkcs11.mjs` is one.
 */
export class CommandSigner implements Signer {
  private readonly words: readonly string[];
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    command: string,
    private readonly bounds: SignerBounds = usual,
  ) {
    this.words = command.split(/\s+/).filter(Boolean);
  }

  async generate(): Promise<{ ref: string; spki: Uint8Array }> {
    const text = await this.run(['generate'], '');
    try {
      const { ref, spki } = made.parse(JSON.parse(text));
      return { ref, spki: Buffer.from(spki, 'base64') };
    } catch (cause) {
      throw new Fault('SIGNER_FAILED', 'the signer made no key that can be read', { cause });
    }
  }

  async sign(ref: string, data: Uint8Array): Promise<Uint8Array> {
    const digest = createHash('sha256').update(data).digest('hex');
    const signature = Buffer.from(await this.run(['sign', ref], digest), 'base64');
    const raw = signature.length === 64 ? signature : rawSignature(signature, 32);
    if (!raw) throw new Fault('SIGNER_FAILED', 'the signer gave no signature that can be read');
    return raw;
  }

  /** Runs the program; few at a time, and no more wait than can be answered. */
  private async run(args: readonly string[], input: string): Promise<string> {
    if (this.running >= this.bounds.atOnce) {
      if (this.waiting.length >= this.bounds.waiting)
        throw new Fault('SIGNER_BUSY', 'too many signatures wait for the signer', { retryable: true });
      await new Promise<void>((go) => this.waiting.push(go));
    } else this.running++;
    try {
      return await this.call(args, input);
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  private call(args: readonly string[], input: string): Promise<string> {
    const [program = '', ...words] = this.words;
    const options = { timeout: this.bounds.patience, killSignal: 'SIGKILL', maxBuffer: 65_536 } as const;
    return new Promise((resolve, reject) => {
      const child = execFile(program, [...words, ...args], options, (error, stdout, stderr) => {
        if (!error) return resolve(stdout.trim());
        if (error.code === missingKey)
          return reject(new Fault('SIGNING_KEY_MISSING', `the signer has no key ${args[1] ?? ''}`));
        const why = stderr.trim().slice(0, 200) || describeError(error);
        reject(new Fault('SIGNER_FAILED', `the signer failed: ${why}`, { retryable: true, cause: error }));
      });
      // Who ends without reading is told of by its exit code.
      child.stdin?.on('error', () => undefined).end(input);
    });
  }
}
