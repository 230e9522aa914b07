import { Fault } from '@quaywatch/kernel';
import type { Signer } from './signer';

const mark = 'ext:';

/**
 * New keys are made where the operator wants them; those there are stay where they were made, so that a token or a key
 * service can be brought in at any time: existing authorities go on, the next rotation moves to it.
 */
export class ChosenSigner implements Signer {
  constructor(
    private readonly own: Signer,
    /** Undefined = new keys are our own. */
    private readonly external: Signer | undefined,
  ) {}

  async generate(): Promise<{ ref: string; spki: Uint8Array }> {
    if (!this.external) return this.own.generate();
    const { ref, spki } = await this.external.generate();
    return { ref: mark + ref, spki };
  }

  sign(ref: string, data: Uint8Array): Promise<Uint8Array> {
    if (!ref.startsWith(mark)) return this.own.sign(ref, data);
    if (this.external) return this.external.sign(ref.slice(mark.length), data);
    return Promise.reject(
      new Fault('SIGNING_KEY_MISSING', `key ${ref} is with a signer that SIGNER_COMMAND must name`),
    );
  }
}
