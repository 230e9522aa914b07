import { Fault } from '@quaywatch/kernel';
import type { SecretStore } from './secret-store';
import { checkSecretName } from './secret-name';

/** A SecretStore in memory. */
export class FakeSecretStore implements SecretStore {
  private secrets = new Map<string, Uint8Array>();
  private writable = true;

  constructor(secrets: Readonly<Record<string, Uint8Array>> = {}) {
    for (const [name, value] of Object.entries(secrets)) this.secrets.set(checkSecretName(name), value.slice());
  }

  /** The same secrets as if they were mounted: they can be read only. */
  readOnly(): FakeSecretStore {
    const view = new FakeSecretStore();
    view.secrets = this.secrets;
    view.writable = false;
    return view;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.secrets.get(checkSecretName(name))?.slice();
  }

  async ensure(name: string, generate: () => Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> {
    const there = await this.read(name);
    if (there) return there;
    this.refuseUnlessWritable(name);
    const made = await generate();
    const kept = this.secrets.get(name) ?? made.slice();
    this.secrets.set(name, kept);
    return kept.slice();
  }

  async write(name: string, value: Uint8Array): Promise<void> {
    checkSecretName(name);
    this.refuseUnlessWritable(name);
    this.secrets.set(name, value.slice());
  }

  private refuseUnlessWritable(name: string): void {
    if (!this.writable) throw new Fault('SECRET_MISSING', `secret ${name} is not there and may not be made here`);
  }
}
