import { Controller, Inject } from '@nestjs/common';
import { findPlace } from './setting-place';
import type { Clock, ViewStore } from '@quaywatch/ports';
import { Api, AUDIT, Call, CLOCK, STORE, type ApiAnswer, type ApiCall, type AuditTrail } from '@quaywatch/runtime';
import { BookCommands } from '../answer/book-commands';
import { backTestEdit } from './back-test-edit';
import { SettingEdits } from './setting-edits';
import { listEdits } from './list-edits';
import { listModels, listSettings } from './list-settings';

/** The catalogue of the analysis as data: what holds where, who changed it, and what a change would have meant. */
@Controller()
export class SettingsController {
  private readonly edits: SettingEdits;

  constructor(
    @Inject(STORE) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(AUDIT) audit: AuditTrail,
  ) {
    this.edits = new SettingEdits(store, new BookCommands(store, clock, audit));
  }

  @Api('listSettings')
  settings(@Call() { principal, query }: ApiCall<'listSettings'>): Promise<ApiAnswer<'listSettings'>> {
    return this.store.readAs(principal.org, async (q) => {
      const where = await findPlace(q, principal, 'findings.read', query.scope, query.of);
      return listSettings(q, principal.org, where, query, this.clock.now());
    });
  }

  @Api('listSettingEdits')
  list(@Call() call: ApiCall<'listSettingEdits'>): Promise<ApiAnswer<'listSettingEdits'>> {
    return this.store.readAs(call.principal.org, (q) => listEdits(q, call));
  }

  @Api('listModels')
  models(@Call() { principal }: ApiCall<'listModels'>): Promise<ApiAnswer<'listModels'>> {
    return this.store.readAs(principal.org, (q) => listModels(q, principal, this.clock.now()));
  }

  @Api('backTestSettings')
  backTest(@Call() call: ApiCall<'backTestSettings'>): Promise<ApiAnswer<'backTestSettings'>> {
    return this.store.readAs(call.principal.org, (q) => backTestEdit(q, call, this.clock.now()));
  }

  @Api('editSettings')
  edit(@Call() call: ApiCall<'editSettings'>): Promise<ApiAnswer<'editSettings'>> {
    return this.edits.propose(call);
  }

  @Api('decideSettingEdit')
  decide(@Call() call: ApiCall<'decideSettingEdit'>): Promise<ApiAnswer<'decideSettingEdit'>> {
    return this.edits.decide(call);
  }

  @Api('revertSettingEdit')
  revert(@Call() call: ApiCall<'revertSettingEdit'>): Promise<ApiAnswer<'revertSettingEdit'>> {
    return this.edits.revert(call);
  }
}
