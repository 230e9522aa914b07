import { Controller, Inject } from '@nestjs/common';
import { toIso } from '@quaywatch/kernel';
import { Api, Call, Refused, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { Account } from './account';

/** API: a person's own account. */
@Controller()
export class AccountController {
  constructor(@Inject(Account) private readonly account: Account) {}

  @Api('getOwnSecurity')
  async security(@Call() call: ApiCall<'getOwnSecurity'>): Promise<ApiAnswer<'getOwnSecurity'>> {
    const found = await this.account.security(call);
    return {
      second_factor: found.secondFactor,
      password: found.password,
      totp: found.totp,
      passkeys: found.passkeys.map(({ id, name, created_at, last_used_at }) => ({
        id,
        name,
        created_at: toIso(created_at),
        last_used_at: last_used_at === null ? null : toIso(last_used_at),
      })),
      recovery_codes_left: found.codesLeft,
      notices: found.notices.map((notice) => ({ ...notice, at: toIso(notice.at) })),
    };
  }

  @Api('dismissNotice')
  async dismiss(@Call() call: ApiCall<'dismissNotice'>): Promise<ApiAnswer<'dismissNotice'>> {
    const dismissed = await this.account.dismiss(call, call.params['id'] ?? '');
    if (dismissed === 0) throw new Refused('not_found', 'There is no such notice.');
    return { dismissed };
  }

  @Api('changePassword')
  async password(@Call() call: ApiCall<'changePassword'>): Promise<ApiAnswer<'changePassword'>> {
    return { ended: await this.account.changePassword(call, call.body.current, call.body.next) };
  }

  @Api('beginPasskey')
  async beginPasskey(@Call() call: ApiCall<'beginPasskey'>): Promise<ApiAnswer<'beginPasskey'>> {
    return { options: await this.account.beginPasskey(call) };
  }

  @Api('addPasskey')
  async addPasskey(@Call() call: ApiCall<'addPasskey'>): Promise<ApiAnswer<'addPasskey'>> {
    return { recovery_codes: await this.account.addPasskey(call, call.body.name, call.body.response) };
  }

  @Api('removePasskey')
  async removePasskey(@Call() call: ApiCall<'removePasskey'>): Promise<ApiAnswer<'removePasskey'>> {
    await this.account.removePasskey(call, call.params['id'] ?? '');
    return { removed: 1 };
  }

  @Api('beginTotp')
  beginTotp(@Call() call: ApiCall<'beginTotp'>): Promise<ApiAnswer<'beginTotp'>> {
    return this.account.beginTotp(call);
  }

  @Api('confirmTotp')
  async confirmTotp(@Call() call: ApiCall<'confirmTotp'>): Promise<ApiAnswer<'confirmTotp'>> {
    return { recovery_codes: await this.account.confirmTotp(call, call.body.code) };
  }

  @Api('removeTotp')
  async removeTotp(@Call() call: ApiCall<'removeTotp'>): Promise<ApiAnswer<'removeTotp'>> {
    await this.account.removeTotp(call);
    return { removed: 1 };
  }

  @Api('newRecoveryCodes')
  async codes(@Call() call: ApiCall<'newRecoveryCodes'>): Promise<ApiAnswer<'newRecoveryCodes'>> {
    return { recovery_codes: await this.account.newCodes(call) };
  }
}
