import type { DataOf, events } from '@quaywatch/contracts';
import {
  decideSettings,
  proposeSettings,
  revertOf,
  settingsEditOf,
  type SettingsEdit,
  type SettingsFact,
} from '@quaywatch/domain/condition';
import { accept, type Decision } from '@quaywatch/kernel';
import type { StoreTransaction, ViewStore } from '@quaywatch/ports';
import { Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { factsOf, type BookCommands, type Caller, type Said } from '../answer/book-commands';
import { bookStreams } from '../react/project-book';
import { checkChanges, type Change } from './check-changes';
import { findPlace, type Somewhere } from './setting-place';

type Answer = ApiAnswer<'editSettings'>;
type Proposed = DataOf<typeof events.settingsProposed>;

/** Edits of the catalogue: proposed, let happen by a second person where the organisation asks for that, taken back. */
export class SettingEdits {
  constructor(
    private readonly store: ViewStore,
    private readonly commands: BookCommands,
  ) {}

  async propose(call: ApiCall<'editSettings'>): Promise<Answer> {
    const { scope, of, changes, reason } = call.body;
    const where = await this.store.readAs(call.principal.org, (q) =>
      findPlace(q, call.principal, 'fleet.write', scope, of),
    );
    return this.write(call, where, { reason, reverts: null }, () => Promise.resolve(accept(changes)));
  }

  async revert(call: ApiCall<'revertSettingEdit'>): Promise<Answer> {
    const reverts = call.params.id ?? '';
    const where = await this.placeOf(call, reverts);
    return this.write(call, where, { reason: call.body.reason, reverts }, async (tx) =>
      revertOf(await readEdit(tx, reverts, call.principal.org)),
    );
  }

  async decide(call: ApiCall<'decideSettingEdit'>): Promise<Answer> {
    const id = call.params.id ?? '';
    const { principal, body } = call;
    const at = this.commands.now();
    const where = await this.placeOf(call, id);
    await this.commands.change(call, 'settings.decide', { kind: 'settings', id }, async (tx) => {
      const edit = await readEdit(tx, id, principal.org);
      // What it is among may have changed since it was proposed.
      if (edit && !edit.decided && body.outcome === 'approved')
        await checkChanges(tx, principal.org, where, edit.proposed.changes, at);
      const decision = decideSettings(edit, {
        edit: id,
        outcome: body.outcome,
        by: principal.id,
        at,
        reason: body.reason,
      });
      if (decision.ok && edit) await hold(tx, principal.org, edit.proposed, decision.value);
      return said(id, decision);
    });
    return { id, state: body.outcome === 'approved' ? 'on' : 'rejected' };
  }

  /** The place that an edit is about, for who may change it. */
  private async placeOf({ principal }: Caller, id: string): Promise<Somewhere> {
    const noSuch = new Refused('not_found', 'There is no such edit.');
    const edit = await this.store.transact((tx) => readEdit(tx, id, principal.org));
    if (!edit) throw noSuch;
    const { scope, of } = edit.proposed;
    return this.store
      .readAs(principal.org, (q) => findPlace(q, principal, 'fleet.write', scope, of))
      .catch((error: unknown) => {
        // Where an edit is that one may not see is not told either.
        throw error instanceof Refused && error.code === 'not_found' ? noSuch : error;
      });
  }

  private async write(
    caller: Caller,
    where: Somewhere,
    about: Pick<Proposed, 'reason' | 'reverts'>,
    changesOf: (tx: StoreTransaction) => Promise<Decision<readonly Change[]>>,
  ): Promise<Answer> {
    const { principal } = caller;
    const id = this.commands.newId('settings');
    const at = this.commands.now();
    let state: Answer['state'] = 'waiting';
    await this.commands.change(caller, 'settings.edit', { kind: 'settings', id }, async (tx) => {
      const changes = await changesOf(tx);
      if (!changes.ok) return changes;
      const checked = await checkChanges(tx, principal.org, where, changes.value, at);
      const [policy] = await tx.query<{ four_eyes: boolean }>(
        'select four_eyes from organisation_policy where org = $1',
        [principal.org],
      );
      const proposed: Proposed = {
        edit: id,
        ...about,
        scope: where.scope,
        of: where.of,
        changes: checked.changes.map(({ setting, before, value }) => ({
          setting,
          before: mutable(before),
          value: mutable(value),
        })),
        by: principal.id,
        at,
      };
      const decision = proposeSettings(proposed, policy?.four_eyes ?? false);
      if (decision.ok && (await hold(tx, principal.org, proposed, decision.value))) state = 'on';
      return said(id, decision);
    });
    return { id, state };
  }
}

const readEdit = async (tx: StoreTransaction, id: string, org: string): Promise<SettingsEdit | null> =>
  settingsEditOf(await factsOf(tx, bookStreams.settings(id), org));

/** Lets approved settings hold for data from now on. */
async function hold(
  tx: StoreTransaction,
  org: string,
  { edit, scope, of, changes, by }: Proposed,
  facts: readonly SettingsFact[],
): Promise<boolean> {
  const decided = facts.find((fact) => fact.type === 'settings-decided')?.data;
  if (!decided || decided.outcome !== 'approved') return false;
  for (const { setting, value } of changes) {
    const place = [org, scope, of ?? '', setting];
    await tx.query(
      `update setting_period set to_at = $5 where org = $1 and scope = $2 and of = $3 and setting = $4 and to_at is null`,
      [...place, decided.at],
    );
    if (value !== null)
      await tx.query(
        `insert into setting_period (org, scope, of, setting, value, from_at, edit, by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (org, scope, of, setting, from_at) do update set value = excluded.value, to_at = null,
           edit = excluded.edit, by = excluded.by`,
        [...place, JSON.stringify(value), decided.at, edit, by],
      );
  }
  return true;
}

const mutable = (value: Change['value']): Proposed['changes'][number]['value'] =>
  typeof value === 'object' && value !== null ? [...value] : value;

const said = (edit: string, decision: Decision<SettingsFact[]>): Decision<Said[]> =>
  decision.ok
    ? accept(decision.value.map((fact) => ({ stream: bookStreams.settings(edit), key: edit, fact })))
    : decision;
