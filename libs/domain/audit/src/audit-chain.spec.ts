import { describe, expect, it } from '@jest/globals';
import type { AuditEntry, EventEnvelope } from '@quaywatch/contracts';
import fc from 'fast-check';
import { createHash, generateKeyPairSync, sign as edSign, verify as edVerify, createPublicKey } from 'node:crypto';
import {
  bodyOf,
  canonicalJson,
  checkpointText,
  emptyHead,
  exportLine,
  fromHex,
  headAfter,
  headText,
  leafOf,
  openNote,
  readCheckpoint,
  readExportLine,
  readVerifierKey,
  signNote,
  toHex,
  verifierKey,
  verifyChain,
  type Checkpoint,
  type StoredEntry,
} from './index';

const hash = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

const event = (n: number): EventEnvelope<AuditEntry> => ({
  id: `evt_${n}`,
  type: 'audit-recorded',
  v: 1,
  source: 'alerting',
  org: 'org_a',
  key: 'org_a',
  time: n,
  data: {
    class: 'privileged',
    actor: { kind: 'user', id: `usr_${n % 3}` },
    action: 'alarm.acknowledge',
    target: { kind: 'alarm', id: `alm_${n}` },
    outcome: 'success',
    reason: null,
    address: '192.0.2.1',
    at: 1_800_000_000_000 + n,
  },
});

function chain(length: number): StoredEntry[] {
  const entries: StoredEntry[] = [];
  let head = emptyHead;
  for (let seq = 1; seq <= length; seq++) {
    const body = bodyOf(event(seq), seq);
    head = headAfter(hash, head, leafOf(hash, body));
    entries.push({ body, hash: toHex(head) });
  }
  return entries;
}
const whole = chain(60);
const checkpoint = (size: number): Checkpoint => ({
  origin: 'log/org_a',
  size,
  head: fromHex(whole[size - 1]?.hash ?? '') as Uint8Array,
  at: 1,
});
const checkpoints = [checkpoint(20), checkpoint(50)];
const found = (entries: readonly StoredEntry[], signed: readonly Checkpoint[] = checkpoints) =>
  verifyChain(hash, 'org_a', entries, signed).firstBreak;
/** The chain as somebody with the database would make it anew over changed entries. */
const rehashed = (bodies: readonly string[]): StoredEntry[] => {
  let head = emptyHead;
  return bodies.map((body) => ({ body, hash: toHex((head = headAfter(hash, head, leafOf(hash, body)))) }));
};

describe('canonical JSON', () => {
  // RFC 8785 section 3.2.2 and 3.2.3.
  it('writes the example of RFC 8785', () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    ) as unknown;
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });
  it('sorts members by UTF-16 code units', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toHaveLength(7);
    expect([...canonicalJson(value).matchAll(/:(\d)/g)].map((match) => match[1])).toEqual([
      '2',
      '4',
      '6',
      '7',
      '1',
      '5',
      '3',
    ]);
  });
  it('is the same for the same value, whatever the order of its members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('the chain', () => {
  it('is what the formula says', () => {
    const body = whole[0]?.body ?? '';
    const leaf = createHash('sha256')
      .update(Buffer.concat([Buffer.of(0), Buffer.from(body)]))
      .digest();
    const head = createHash('sha256')
      .update(Buffer.concat([Buffer.of(1), Buffer.alloc(32), leaf]))
      .digest('hex');
    expect(whole[0]?.hash).toBe(head);
  });
  it('is whole when nothing was touched', () => {
    const walked = verifyChain(hash, 'org_a', whole, checkpoints);
    expect(walked).toMatchObject({ entries: 60, firstBreak: null });
    expect(headText(walked)).toBe(whole[59]?.hash);
    expect(found([], [])).toBeNull();
  });
  it('tells the entry of any flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(59), fc.nat(), fc.nat(7), (index, at, bit) => {
        const bytes = Buffer.from(exportLine(whole[index] as StoredEntry).slice(0, -1));
        const position = at % bytes.length;
        if (position === 64) return;
        bytes[position] = (bytes[position] as number) ^ (1 << bit);
        const changed = whole.with(index, readExportLine(bytes.toString('utf8')));
        expect(found(changed)?.seq).toBe(index + 1);
      }),
      { numRuns: 1000 },
    );
  });
  it.each([1, 10, 41])('tells that the last %d entries were deleted', (n) => {
    expect(found(whole.slice(0, 60 - n), [checkpoint(60)])).toMatchObject({
      seq: 61 - n,
      reason: expect.stringContaining('missing at the end'),
    });
  });
  it('tells a deleted entry, also when the rest was numbered and hashed anew', () => {
    expect(found(whole.toSpliced(29, 1))).toMatchObject({ seq: 30, reason: expect.stringContaining('missing') });
    const renumbered = rehashed(
      whole.toSpliced(29, 1).map(({ body }, i) => canonicalJson({ ...(JSON.parse(body) as object), seq: i + 1 })),
    );
    expect(found(renumbered, [])).toBeNull();
    expect(found(renumbered)).toMatchObject({ seq: 50, reason: expect.stringContaining('signed checkpoint') });
  });
  it('tells a changed order', () => {
    const [a, b] = [whole[9] as StoredEntry, whole[10] as StoredEntry];
    expect(found(whole.with(9, b).with(10, a))?.seq).toBe(10);
    expect(found(whole.toSpliced(5, 0, whole[3] as StoredEntry))).toMatchObject({
      seq: 6,
      reason: expect.stringContaining('order'),
    });
  });
  it('tells an entry that was replaced together with all hashes, at the next checkpoint', () => {
    const body = canonicalJson({ ...(JSON.parse(whole[24]?.body ?? '') as object), outcome: 'refused' });
    expect(found(rehashed(whole.map((entry, i) => (i === 24 ? body : entry.body))))?.seq).toBe(50);
  });
  it('tells an entry of another organisation, and two truths under one number', () => {
    expect(verifyChain(hash, 'org_b', whole, []).firstBreak?.seq).toBe(1);
    expect(found(whole, [checkpoint(50), { ...checkpoint(50), head: emptyHead }])?.seq).toBe(50);
  });
});

describe('signed checkpoints', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = {
    name: 'quaywatch.example/audit',
    publicKey: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
  };
  const prefix = Buffer.from('302a300506032b6570032100', 'hex');
  const verify = (raw: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
    edVerify(
      null,
      message,
      createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' }),
      signature,
    );
  const text = checkpointText({ ...checkpoint(20), at: 1_800_000_000_000 });
  const note = signNote(hash, key, (message) => new Uint8Array(edSign(null, message, privateKey)), text);

  it('are read back with their key', () => {
    expect(openNote(hash, key, verify, note)).toBe(text);
    expect(readCheckpoint(text)).toEqual({ ...checkpoint(20), at: 1_800_000_000_000 });
    expect(readVerifierKey(hash, verifierKey(hash, key))).toEqual(key);
    expect(text.split('\n').slice(0, 2)).toEqual(['log/org_a', '20']);
  });
  it('are refused when anything was changed', () => {
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.constantFrom('x', '0', ' ', '\n'), (at, char) => {
        if (note[at] === char) return;
        expect(openNote(hash, key, verify, note.slice(0, at) + char + note.slice(at + 1))).toBeUndefined();
      }),
    );
    expect(openNote(hash, { ...key, name: 'other' }, verify, note)).toBeUndefined();
  });
  it('of another layout are none', () => {
    for (const bad of [
      '',
      'log/org_a\n0\n',
      text.replace('\n20\n', '\n020\n'),
      text.replace('hash-chain', 'tree'),
      `${text}x\n`,
    ]) {
      expect(readCheckpoint(bad)).toBeUndefined();
    }
    expect(readVerifierKey(hash, verifierKey(hash, key).replace('+', '+0'))).toBeUndefined();
  });
  // The example in the documentation of Go's golang.org/x/mod/sumdb/note, signed by another implementation.
  it('agree with another implementation of C2SP signed-note', () => {
    const peter = readVerifierKey(hash, 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
    const said =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const signed = `${said}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
    expect(peter && openNote(hash, peter, verify, signed)).toBe(said);
    expect(peter && openNote(hash, peter, verify, signed.replace('problem is', 'problem was'))).toBeUndefined();
  });
});
