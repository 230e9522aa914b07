import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditEntry, Principal } from '@quaywatch/contracts';
import { readVerifierKey, type NoteKey } from '@quaywatch/domain/audit';
import type { EventLog } from '@quaywatch/ports';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExport } from '../../../tools/audit-verify/read-export';
import { sha256, verifyExport } from '../../../tools/audit-verify/verify-export';
import { auditLog } from '../src';
import { openSigner } from '../src/signer';

interface Verified {
  whole: boolean;
  entries: number;
  head: string;
  first_break: { seq: number; reason: string } | null;
  checkpoint: { entries: number; valid: boolean } | null;
}
type Listed = {
  data: { seq: number; action: string; hash: string; at: string; actor: { id: string } }[];
  next_cursor: string | null;
};

const origin = 'test.example/audit';
const environment = { AUDIT_ORIGIN: origin, AUDIT_CHECKPOINT_SECONDS: '1', AUDIT_CHECKPOINT_ENTRIES: '25' };

describe('audit-log on the real log and store', () => {
  let services: TestServices;
  let key: NoteKey;
  let counter = 0;
  beforeAll(async () => {
    services = await TestServices.start([auditLog as never], { environment });
    key = (await openSigner(services.adapters.secrets, origin)).key;
  }, 60_000);
  afterAll(() => services?.stop(), 60_000);

  const entry = (action: string): AuditEntry => ({
    class: 'privileged',
    actor: { kind: 'user', id: 'usr_1' },
    action,
    target: { kind: 'alarm', id: `alm_${counter}` },
    outcome: 'success',
    reason: 'lone \ud800, nul \u0000, é',
    address: null,
    at: 1_800_000_000_000 + counter,
    detail: { b: 2, a: 1 },
  });
  const publish = async (org: string, count: number, action = 'alarm.acknowledge', id?: string): Promise<void> => {
    const events = Array.from({ length: count }, () => {
      counter++;
      const event = {
        id: id ?? `evt_${counter}`,
        type: 'audit-recorded',
        v: 1,
        source: 'alerting',
        org,
        key: org,
        time: 1,
        data: entry(action),
      };
      return { event };
    });
    await services.log.append('audit', events);
  };
  const inOrg = (org: string): Principal => ({ ...testAdministrator, org });
  const verify = async (org: string): Promise<Verified> =>
    (await services.call<Verified>('verifyAudit', { principal: inOrg(org) })).body;
  const length = async (org: string): Promise<number> =>
    Number(
      (
        await services
          .store('audit-log')
          .transact((tx) => tx.query<{ seq: string }>('select seq from audit_head where org = $1', [org]))
      )[0]?.seq ?? 0,
    );
  /** `count` entries are in the chain and covered by a checkpoint. */
  const sealed = (org: string, count: number): Promise<unknown> =>
    services.until(async () => {
      expect(await length(org)).toBe(count);
      const objects = await services.adapters.objects.list(`audit/${org}/`);
      return objects.some((object) => object.key.endsWith(`checkpoint-${count}`));
    });
  /** Changes the database as somebody with all rights would. */
  const tamper = (sql: string, parameters: unknown[]): Promise<void> =>
    services.store('audit-log').transact(async (tx) => {
      await tx.query('alter table audit_entry disable trigger audit_entry_is_append_only');
      await tx.query(sql, parameters);
      await tx.query('alter table audit_entry enable trigger audit_entry_is_append_only');
    });

  it('numbers entries without gaps in the order of the log, each event once', async () => {
    await publish('org_order', 30);
    await publish('org_order', 1, 'again', 'evt_same');
    await publish('org_order', 2, 'again', 'evt_same');
    await sealed('org_order', 31);
    expect(await services.store('audit-log').transact((tx) => tx.query('select reason from dead_letter'))).toEqual([]);
    const { body } = await services.call<Listed>('listAuditEvents', { principal: inOrg('org_order') });
    expect(body.data.map((row) => row.seq)).toEqual(Array.from({ length: 31 }, (_, i) => 31 - i));
    expect(await verify('org_order')).toMatchObject({
      whole: true,
      first_break: null,
      entries: 31,
      head: body.data[0]?.hash,
      checkpoint: { entries: 31, valid: true },
    });
  });

  it('shows an organisation only its own trail, page by page and filtered', async () => {
    await publish('org_list', 4, 'terminal.create');
    await publish('org_list', 3, 'crane.create');
    await sealed('org_list', 7);
    const list = async (query: Record<string, string>, org = 'org_list') =>
      (await services.call<Listed>('listAuditEvents', { query, principal: inOrg(org) })).body;
    const first = await list({ limit: '5' });
    const second = await list({ limit: '5', cursor: first.next_cursor ?? '' });
    expect([...first.data, ...second.data].map((row) => row.seq)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect((await list({ action: 'crane.create' })).data).toHaveLength(3);
    expect((await list({ target: `alm_${counter}` })).data).toHaveLength(1);
    const [newest] = first.data;
    const oldest = second.data.at(-1);
    expect((await list({ actor: newest?.actor.id ?? '' })).data.map(({ actor }) => actor.id)).toContain(
      newest?.actor.id,
    );
    expect((await list({ actor: 'usr_nobody' })).data).toEqual([]);
    expect((await list({ from: oldest?.at ?? '', to: newest?.at ?? '' })).data.map(({ seq }) => seq)).toEqual(
      [...first.data, ...second.data].filter(({ at }) => at < (newest?.at ?? '')).map(({ seq }) => seq),
    );
    expect((await list({ to: oldest?.at ?? '' })).data).toEqual([]);
    expect((await list({}, 'org_nobody')).data).toEqual([]);
    const viewer: Principal = { ...inOrg('org_list'), roles: [{ role: 'viewer', scope: 'organisation' }] };
    expect((await services.call('listAuditEvents', { principal: viewer })).status).toBe(403);
  });

  it('hands out the trail in parts that are whole when they are verified offline, each organisation its own', async () => {
    const org = 'org_parts';
    await publish(org, 30);
    await sealed(org, 30);
    type Part = {
      first: number | null;
      last: number | null;
      entries: string;
      has_more: boolean;
      checkpoint: { size: number; note: string } | null;
    };
    const part = async (after: number, of = org): Promise<Part> =>
      (
        await services.call<Part>('exportAudit', {
          query: { after: String(after), limit: '12' },
          principal: inOrg(of),
        })
      ).body;
    const folder = await mkdtemp(join(tmpdir(), 'audit-parts-'));
    try {
      let all = 0;
      for (let more = true; more;) {
        const { first, last, entries, has_more, checkpoint } = await part(all);
        await writeFile(join(folder, `entries-${String(first).padStart(12, '0')}-${last}`), entries);
        await writeFile(join(folder, `checkpoint-${checkpoint?.size}`), checkpoint?.note ?? '');
        all = last ?? all;
        more = has_more;
      }
      const { walked, newest, problems } = verifyExport(readExport(folder), key);
      expect(problems).toEqual([]);
      expect(walked.entries).toBeGreaterThanOrEqual(30);
      expect(newest?.size).toBe(walked.entries);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    expect(await part(0, 'org_empty')).toEqual({
      first: null,
      last: null,
      entries: '',
      has_more: false,
      checkpoint: null,
    });
  });

  it('refuses to change, remove or empty the trail', async () => {
    await publish('org_fixed', 1);
    await sealed('org_fixed', 1);
    for (const sql of [
      `update audit_entry set body = ''`,
      'delete from audit_entry',
      'truncate audit_entry',
      'delete from audit_checkpoint',
      `update audit_checkpoint set note = ''`,
    ]) {
      await expect(services.store('audit-log').transact((tx) => tx.query(sql))).rejects.toMatchObject({
        code: 'STORE_DENIED',
      });
    }
  });

  it.each<[string, string, string, number, string]>([
    [
      'a changed entry',
      'flip',
      `update audit_entry set body = replace(body, '"outcome":"success"', '"outcome":"refused"') where org = $1 and seq = 12`,
      12,
      'changed',
    ],
    ['a deleted entry', 'gone', 'delete from audit_entry where org = $1 and seq = 12', 12, 'missing'],
    ['a cut off end', 'tail', 'delete from audit_entry where org = $1 and seq > 25', 26, 'missing at the end'],
    [
      'a changed order',
      'swap',
      `update audit_entry set seq = -seq + 25 + 100 where org = $1 and seq in (12, 13); `,
      12,
      'missing',
    ],
  ])('finds %s at the right number, in the database', async (_what, name, sql, seq, reason) => {
    const org = `org_${name}`;
    await publish(org, 30);
    await sealed(org, 30);
    await tamper(sql, [org]);
    expect(await verify(org)).toMatchObject({
      whole: false,
      first_break: { seq, reason: expect.stringContaining(reason) },
    });
    // The verification itself is in the trail.
    await services.until(async () => (await length(org)) >= 31);
  });

  it('makes the same chain of the same log', async () => {
    await publish('org_again', 40);
    await sealed('org_again', 40);
    const hashes = async (from: TestServices): Promise<string[]> =>
      (
        await from
          .store('audit-log')
          .transact((tx) =>
            tx.query<{ hash: string }>('select hash from audit_entry where org = $1 order by seq', ['org_again']),
          )
      ).map(({ hash }) => hash);
    // A second audit-log with an empty database of its own reads the same log.
    const first = services.log;
    const log = (): EventLog => ({
      partitions: first.partitions,
      append: (topic, events) => first.append(topic, events),
      subscribe: (wanted) => first.subscribe({ ...wanted, group: `${wanted.group}-second` }),
      endOffsets: (topic) => first.endOffsets(topic),
      close: () => Promise.resolve(),
    });
    const second = await TestServices.start([auditLog as never], { log });
    try {
      await second.until(async () => (await hashes(second)).length === 40);
      expect(await hashes(second)).toEqual(await hashes(services));
    } finally {
      await second.stop();
    }
  }, 40_000);

  describe('an export, verified offline with the public key alone', () => {
    let folder: string;
    beforeAll(async () => {
      await publish('org_out', 20);
      await sealed('org_out', 20);
      await publish('org_out', 20);
      await sealed('org_out', 40);
      folder = await mkdtemp(join(tmpdir(), 'quaywatch-export-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const copy = async (change: (at: string) => Promise<void> = () => Promise.resolve()) => {
      const at = join(folder, String(counter++));
      await cp(join(services.folder, 'objects', 'audit', 'org_out'), at, { recursive: true });
      await change(at);
      return verifyExport(readExport(at), key);
    };
    const edit =
      (name: (names: string[]) => string | undefined, change: (text: string) => string) => async (at: string) => {
        const file = join(at, name((await readdir(at)).sort()) ?? 'none');
        await writeFile(file, change(await readFile(file, 'utf8')));
      };
    const firstEntries = (names: string[]): string | undefined => names.find((name) => name.startsWith('entries-'));

    it('is whole', async () => {
      const verdict = await copy();
      expect(verdict.problems).toEqual([]);
      expect(verdict.walked).toMatchObject({ org: 'org_out', entries: 40 });
      expect(verdict.newest?.size).toBe(40);
    });
    it('is not, when one letter, one line or one file is another', async () => {
      const letter = await copy(edit(firstEntries, (text) => text.replace(/"seq":7,(.*?)"v":1/, '"seq":7,$1"v":2')));
      expect(letter.problems[0]).toMatch(/^entry 7: /);
      const line = await copy(edit(firstEntries, (text) => text.split('\n').toSpliced(4, 1).join('\n')));
      expect(line.problems[0]).toMatch(/^entry 5: entries are missing/);
      const end = await copy(async (at) => {
        const last =
          (await readdir(at))
            .sort()
            .filter((name) => name.startsWith('entries-'))
            .at(-1) ?? '';
        await rm(join(at, last));
      });
      expect(end.problems[0]).toMatch(/^entry \d+: entries are missing at the end: 40 were signed/);
      const note = await copy(
        edit(
          () => 'checkpoint-40',
          (text) => text.replace('\n40\n', '\n41\n'),
        ),
      );
      expect(note.problems[0]).toContain('checkpoint-40 has no good signature');
    });
    it('proves nothing with another key', async () => {
      const other = readVerifierKey(
        sha256,
        'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
      ) as NoteKey;
      expect(
        verifyExport(readExport(join(services.folder, 'objects', 'audit', 'org_out')), other).problems.at(-1),
      ).toContain('nothing is proved');
    });
  });

  it('keeps its signing key over a restart, out of everything it stores', async () => {
    await services.stopOne('audit-log');
    await services.startOne(auditLog as never);
    expect((await openSigner(services.adapters.secrets, origin)).key).toEqual(key);
    expect(await verify('org_order')).toMatchObject({ whole: true, checkpoint: { valid: true } });
  });
});
