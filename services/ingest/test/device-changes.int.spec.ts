import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ViewStore } from '@quaywatch/ports';
import { changedSince, noteChange, type ChangeMark } from '../src/devices/device-changes';
import { RunningIngest } from './running-ingest';

describe('changes of devices', () => {
  let ingest: RunningIngest;
  let store: ViewStore;
  const look = (mark: ChangeMark): ReturnType<typeof changedSince> => store.transact((tx) => changedSince(tx, mark));

  beforeAll(async () => {
    ingest = await RunningIngest.start();
    store = ingest.services.store('ingest');
  }, 60_000);
  afterAll(() => ingest?.stop());

  it('are seen once, whichever transaction ends first', async () => {
    const { mark: start } = await look(null);
    let commit!: () => void;
    let begun!: () => void;
    const held = new Promise<void>((resolve) => (commit = resolve));
    const noted = new Promise<void>((resolve) => (begun = resolve));
    const slow = store.transact(async (tx) => {
      await noteChange(tx, 'CHG-SLOW');
      begun();
      await held;
    });
    await noted;
    await store.transact((tx) => noteChange(tx, 'CHG-QUICK'));
    const before = await look(start);
    expect(before.btus).toContain('CHG-QUICK');
    expect(before.btus).not.toContain('CHG-SLOW');
    commit();
    await slow;
    const after = await look(before.mark);
    expect(after.btus).toContain('CHG-SLOW');
    // As soon as nothing is under way that began before.
    await ingest.services.until(async () => (await look((await look(null)).mark)).btus.length === 0);
  });

  it('are noted of whatever decides about a device', async () => {
    const { services } = ingest;
    await ingest.enrolled('CHG-1');
    for (const [operation, body] of [
      ['quarantineDevice', { reason: 'test' }],
      ['releaseDevice', { reason: 'test' }],
      ['revokeDevice', { reason: 'test' }],
    ] as const) {
      const { mark } = await look(null);
      expect((await services.call(operation, { params: { id: 'CHG-1' }, body })).status).toBeLessThan(300);
      expect([operation, (await look(mark)).btus]).toEqual([operation, expect.arrayContaining(['CHG-1'])]);
    }
  });
});
