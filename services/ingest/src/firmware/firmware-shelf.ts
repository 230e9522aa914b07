import { firmwarePart, readManifest, type FirmwareManifest, type SignedManifest } from '@quaywatch/contracts';
import { Fault, makeId } from '@quaywatch/kernel';
import type { Clock, ObjectStore, ViewStore } from '@quaywatch/ports';
import { Refused, type AuditTrail } from '@quaywatch/runtime';
import { createHash } from 'node:crypto';
import { appendFacts } from '../devices/append-facts';
import type { Actor } from '../pki/authorities';
import type { PublisherKeys } from './publisher-keys';

/** What the shelf works with. */
export interface ShelfParts {
  readonly store: ViewStore;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly keys: PublisherKeys;
}

interface UploadRow extends Record<string, unknown> {
  manifest: string;
  signature: string;
  received: string;
}

/** Takes firmware in: the signed manifest first, then the artefact in parts; published when the whole has its hash. */
export class FirmwareShelf {
  constructor(private readonly parts: ShelfParts) {}

  /** Begins an upload; its id. Refused when no known publisher signed the manifest; that is audited. */
  async begin(actor: Actor, signed: SignedManifest): Promise<string> {
    const { store, clock, keys } = this.parts;
    const checked = await keys.check(signed);
    if (!checked.ok) {
      await this.note(actor, 'new', 'refused', checked.reason);
      throw new Refused(checked.code, checked.reason);
    }
    const now = clock.now();
    const id = makeId('firmware', now, clock.random(10));
    await store.transact(async (tx) => {
      await tx.query(
        'insert into firmware_upload (org, id, manifest, signature, started_at) values ($1, $2, $3, $4, $5)',
        [actor.org, id, signed.manifest, signed.signature, now],
      );
    });
    return id;
  }

  /** Takes the next part. A part that is here already is taken for done; `conflict` when it is not the next. */
  async add(actor: Actor, id: string, offset: number, bytes: Uint8Array): Promise<void> {
    const { store, objects } = this.parts;
    const upload = await this.upload(actor.org, id);
    const manifest = readManifest(upload.manifest) as FirmwareManifest;
    const received = Number(upload.received);
    const end = offset + bytes.length;
    if (offset % firmwarePart !== 0 || end !== Math.min(offset + firmwarePart, manifest.size))
      throw new Refused('invalid', `Send parts of ${firmwarePart} bytes, only the last one shorter.`);
    if (end <= received) return;
    if (offset !== received) throw new Refused('conflict', `The next part begins at ${received}.`);
    await objects.put(partKey(actor.org, id, offset), bytes);
    await store.transact((tx) =>
      tx.query('update firmware_upload set received = $3 where id = $1 and received = $2', [id, offset, end]),
    );
    if (end === manifest.size) await this.publish(actor, id, upload, manifest);
  }

  /** Bytes `from` to `to` (inclusive) of an artefact, part by part. */
  async *read(org: string, id: string, from: number, to: number): AsyncGenerator<Uint8Array> {
    for (let at = from - (from % firmwarePart); at <= to; at += firmwarePart) {
      const part = await this.parts.objects.get(partKey(org, id, at));
      if (!part) throw new Fault('FIRMWARE_PART', `the part of ${id} at ${at} is not in the object store`);
      yield part.subarray(Math.max(0, from - at), Math.min(part.length, to + 1 - at));
    }
  }

  private async publish(actor: Actor, id: string, upload: UploadRow, manifest: FirmwareManifest): Promise<void> {
    const { store, clock, audit } = this.parts;
    const hash = createHash('sha256');
    for await (const part of this.read(actor.org, id, 0, manifest.size - 1)) hash.update(part);
    if (hash.digest('hex') !== manifest.sha256) {
      await store.transact((tx) => tx.query('update firmware_upload set received = 0 where id = $1', [id]));
      await this.note(actor, id, 'refused', 'WRONG_HASH');
      throw new Refused('invalid', 'The artefact is not the one that was signed: send it again from the start.');
    }
    const { v: _, madeAt: __, ...shown } = manifest;
    const { manifest: text, signature } = upload;
    const data = { firmware: id, ...shown, manifest: text, signature, by: actor.id };
    await store.transact(async (tx) => {
      const to = { stream: `firmware-${id}`, expected: 0, org: actor.org, key: id };
      await appendFacts(tx, clock, to, [{ type: 'firmware-published', data }]);
      await tx.query('delete from firmware_upload where id = $1', [id]);
      await audit.within(tx, this.entry(actor, id, 'success', null, { version: shown.version, model: shown.model }));
    });
  }

  private async upload(org: string, id: string): Promise<UploadRow> {
    const [row] = await this.parts.store.transact((tx) =>
      tx.query<UploadRow>('select manifest, signature, received from firmware_upload where org = $1 and id = $2', [
        org,
        id,
      ]),
    );
    if (!row) throw new Refused('not_found', `There is no firmware ${id} that waits for parts.`);
    return row;
  }

  private note(actor: Actor, id: string, outcome: 'refused', reason: string): Promise<void> {
    return this.parts.audit.write(this.entry(actor, id, outcome, reason));
  }

  private entry(
    actor: Actor,
    id: string,
    outcome: 'success' | 'refused',
    reason: string | null,
    detail: Record<string, string> = {},
  ): Parameters<AuditTrail['write']>[0] {
    return {
      org: actor.org,
      class: 'privileged',
      actor: { kind: actor.kind, id: actor.id },
      action: 'firmware.publish',
      target: { kind: 'firmware', id },
      outcome,
      reason,
      address: actor.address,
      detail,
    };
  }
}

const partKey = (org: string, id: string, offset: number): string => `firmware/${org}/${id}/${offset / firmwarePart}`;
