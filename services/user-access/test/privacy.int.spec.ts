import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from '../../gateway/test/browser';
import { TwoServices } from '../../gateway/test/two-services';
import { ForgetPeople } from '../src/users/forget-people';

const password = 'seven cranes at the quay';
let two: TwoServices;
let ada: Browser;
beforeAll(async () => {
  two = await TwoServices.start();
  ada = await join((await two.setUpPath()) ?? '', 'ada@example.com', 'Ada');
}, 60_000);
afterAll(() => two.stop());

const json = <T>(page: Page): T => JSON.parse(page.text) as T;
async function join(path: string, email: string, name: string): Promise<Browser> {
  const browser = two.browser();
  const form = await browser.form(path, { name, email, password });
  await browser.form(new URL(form.url).pathname, { email, password });
  return browser;
}

describe('personal data', () => {
  it('is shown to its person, and forgotten everywhere: tables, facts, audit trail', async () => {
    const [name, email] = ['Zebulon Quix', 'zebulon.quix@example.com'];
    const body = { name, email, roles: [{ role: 'viewer', scope: 'organisation' }] };
    const { id, link } = json<{ id: string; link: string }>(await ada.json('POST', '/v1/users', body));
    const zeb = await join(new URL(link).pathname, email, name);
    expect(json(await zeb.get('/v1/me/personal-data'))).toMatchObject({
      id,
      name,
      email,
      sessions: [{ address: '127.0.0.1' }],
    });
    const everywhere = async (): Promise<string> => {
      const tables = await two.store.transact((tx) =>
        tx.query<{ table_name: string }>(
          'select table_name from information_schema.tables where table_schema = current_schema()',
        ),
      );
      const rows: unknown[] = [];
      for (const { table_name: table } of tables)
        rows.push(...(await two.store.transact((tx) => tx.query(`select * from "${table}"`))));
      return JSON.stringify([rows, await two.read('access'), await two.read('audit')]).toLowerCase();
    };
    expect(await everywhere()).toContain('zebulon');
    const me = json<{ id: string }>(await ada.get('/v1/me')).id;
    expect((await ada.json('DELETE', `/v1/users/${me}`)).status).toBe(409);
    expect((await ada.json('DELETE', '/v1/users/usr_nobody')).status).toBe(404);
    expect((await ada.json('DELETE', `/v1/users/${id}`)).status).toBe(200);
    expect((await zeb.get('/v1/me')).status).toBe(401);
    const entry = await two.audited(({ action }) => action === 'user.erase');
    expect(entry.target?.id).toBe(id);
    const after = await everywhere();
    expect([after.includes('zebulon'), after.includes('quix')]).toEqual([false, false]);
    // What they did stays in the trail, under an id that names nobody.
    expect(after).toContain(id);
    expect(json(await ada.get(`/v1/users/${id}`))).toMatchObject({ name: null, email: null, state: 'disabled' });
  });

  it('of people who were shut out is forgotten after a year, and of nobody else', async () => {
    const people = two.userAccess.app.get(ForgetPeople);
    const invite = async (name: string): Promise<string> => {
      const body = { name, email: `${name}@example.com`, roles: [{ role: 'viewer', scope: 'organisation' }] };
      return json<{ id: string }>(await ada.json('POST', '/v1/users', body)).id;
    };
    const [gone, back, here] = [await invite('gone'), await invite('back'), await invite('here')];
    for (const id of [gone, back])
      expect((await ada.json('POST', `/v1/users/${id}/disable`, { reason: 'left' })).status).toBe(200);
    expect((await ada.json('POST', `/v1/users/${back}/enable`)).status).toBe(200);
    two.offset += 364 * 86_400_000;
    expect(await people.turn()).toBe(0);
    two.offset += 2 * 86_400_000;
    expect(await people.turn()).toBe(1);
    expect(await people.turn()).toBe(0);
    const names = await two.store.transact((tx) =>
      tx.query<{ user_id: string }>('select user_id from person where user_id = any($1)', [[gone, back, here]]),
    );
    expect(names.map((row) => row.user_id).sort()).toEqual([back, here].sort());
    await two.audited(
      ({ action, target, actor }) => action === 'user.erase' && target.id === gone && actor.kind === 'service',
    );
  });
});
