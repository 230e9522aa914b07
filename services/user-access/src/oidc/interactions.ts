import type { Clock } from '@quaywatch/ports';
import type { Request, RequestHandler, Response } from 'express';
import type { Provider } from 'oidc-provider';
import type { Clients } from '../clients/clients';
import type { Factors } from '../factors/factors';
import type { Passkeys } from '../factors/passkeys';
import type { Policies } from '../factors/policies';
import type { SignIn } from '../sign-in/sign-in';
import type { SignInSteps, Step } from '../sign-in/steps';
import type { Users } from '../users/users';
import { addressOf, fieldOf, inWords, sendPage } from './answers';
import {
  blockedPage,
  consentPage,
  enrolPage,
  errorPage,
  recoveryCodesPage,
  secondFactorPage,
  signInPage,
} from './pages';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** What the pages of a sign-in work with. */
export interface InteractionParts {
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly users: Users;
  readonly clients: Clients;
  readonly signIn: SignIn;
  readonly steps: SignInSteps;
  readonly factors: Factors;
  readonly passkeys: Passkeys;
  readonly policies: Policies;
  readonly provider: () => Promise<Provider>;
}

/** One form of a sign-in, with everything that its step needs. */
interface Turn {
  readonly req: Request;
  readonly res: Response;
  readonly provider: Provider;
  readonly details: Interaction;
  readonly step: Step;
}

/** Most wrong second factors in one sign-in; then it starts anew with the password. */
const mostFailures = 5;

/**
 * The steps of a sign-in, all at the address of the interaction: e-mail and password or a passkey; then a second factor
 * where the person has one; else, by the organisation's policy, making one.
 */
export class Interactions {
  constructor(private readonly parts: InteractionParts) {}

  /** Shows the first page. */
  readonly show: RequestHandler = async (req, res) => {
    const provider = await this.parts.provider();
    const details = await provider.interactionDetails(req, res);
    this.leadsTo(res, details);
    if (details.prompt.name === 'consent') return this.consentPage({ req, res, provider, details, step: empty }, 200);
    const hint = details.params['login_hint'];
    await this.firstPage({ req, res, provider, details, step: empty }, 200, {
      email: typeof hint === 'string' ? hint : '',
    });
  };

  /** Takes the form of a step. */
  readonly take: RequestHandler = async (req, res) => {
    // Before anything is asked for: what a guess costs, it takes from others. Consent has no step and no password.
    const guess = fieldOf(req, 'step') === '' && fieldOf(req, 'password') !== '';
    const blockedFor = guess ? this.parts.signIn.blockedFor(fieldOf(req, 'email'), addressOf(res)) : 0;
    if (blockedFor > 0) {
      const wait = Math.ceil(blockedFor / 1000);
      res.set('Retry-After', String(wait));
      return void sendPage(res, 429, blockedPage(req.originalUrl, inWords(wait)));
    }
    const provider = await this.parts.provider();
    // Throws when the interaction's cookie is not this one's: a form posted from elsewhere ends here.
    const details = await provider.interactionDetails(req, res);
    this.leadsTo(res, details);
    if (details.prompt.name === 'consent') return this.consent({ req, res, provider, details, step: empty });
    if (details.prompt.name !== 'login')
      return void sendPage(res, 400, errorPage(this.parts.publicUrl, `Nothing to answer for ${details.prompt.name}.`));
    const turn: Turn = { req, res, provider, details, step: await this.parts.steps.read(details.uid) };
    switch (fieldOf(req, 'step')) {
      case 'passkey':
        return this.passkey(turn);
      case 'code':
        return this.code(turn);
      case 'enrol-totp':
        return this.enrolTotp(turn);
      case 'enrol-passkey':
        return this.enrolPasskey(turn);
      case 'skip':
        return this.skip(turn);
      case 'done':
        return this.done(turn);
      default:
        return this.password(turn);
    }
  };

  /** Where a form may lead in the end: at a program's own address, which our content policy would not let it go to. */
  private leadsTo(res: Response, { params }: Interaction): void {
    const to = params['redirect_uri'];
    if (typeof to === 'string' && URL.canParse(to)) res.locals['leadsTo'] = new URL(to).origin;
  }

  /** What a program that acts for people asks for; undefined when the person belongs to another organisation. */
  private async asked({ details, provider }: Turn): Promise<
    | {
        account: string;
        client: string;
        name: string;
        scopes: string[];
        resource: Record<string, string[]>;
        openid: string[];
      }
    | undefined
  > {
    const client = await provider.Client.find(String(details.params['client_id']));
    const account = details.session?.accountId;
    const principal = account === undefined ? undefined : await this.parts.users.principalOf(account);
    if (!client || !principal || (await this.parts.clients.orgOf(client.clientId)) !== principal.org) return undefined;
    const missing = details.prompt.details as {
      missingOIDCScope?: string[];
      missingResourceScopes?: Record<string, string[]>;
    };
    const resource = missing.missingResourceScopes ?? {};
    return {
      account: principal.id,
      client: client.clientId,
      name: client.clientName ?? client.clientId,
      openid: missing.missingOIDCScope ?? [],
      resource,
      scopes: [...new Set(Object.values(resource).flat())].sort(),
    };
  }

  private async consentPage(turn: Turn, status: number): Promise<void> {
    const asked = await this.asked(turn);
    if (!asked) return this.deny(turn, 'This program is not for your organisation.');
    const offline = String(turn.details.params['scope']).split(' ').includes('offline_access');
    sendPage(turn.res, status, consentPage(turn.req.originalUrl, { ...asked, offline }));
  }

  /** The person's answer to a program that wants to act for them. */
  private async consent(turn: Turn): Promise<void> {
    const asked = await this.asked(turn);
    if (!asked) return this.deny(turn, 'This program is not for your organisation.');
    if (fieldOf(turn.req, 'answer') !== 'allow') return this.deny(turn, 'The person said no.');
    const { provider, details } = turn;
    const known = details.grantId === undefined ? undefined : await provider.Grant.find(details.grantId);
    const grant = known ?? new provider.Grant({ accountId: asked.account, clientId: asked.client });
    if (asked.openid.length > 0) grant.addOIDCScope(asked.openid.join(' '));
    for (const [resource, scopes] of Object.entries(asked.resource)) grant.addResourceScope(resource, scopes.join(' '));
    await this.parts.signIn.consented(asked.account, asked.client, asked.scopes, addressOf(turn.res));
    await provider.interactionFinished(
      turn.req,
      turn.res,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    );
  }

  private deny({ provider, req, res }: Turn, description: string): Promise<void> {
    return provider.interactionFinished(
      req,
      res,
      { error: 'access_denied', error_description: description },
      { mergeWithLastSubmission: false },
    );
  }

  private async password(turn: Turn): Promise<void> {
    const { req, res, details } = turn;
    const email = fieldOf(req, 'email');
    const result = await this.parts.signIn.attempt(email, fieldOf(req, 'password'), addressOf(res));
    if (result.kind === 'blocked') return this.blocked(turn, result.retryAfter, { email });
    if (result.kind === 'refused')
      return this.passwordPage(turn, 401, { email, failure: 'E-mail or password is not right.' });
    const kinds = await this.parts.factors.kinds(result.user);
    const next = { ...turn, step: { user: result.user, challenge: null, failures: 0 } };
    await this.parts.steps.write(details.uid, next.step);
    if (kinds.includes('totp') || kinds.includes('passkey')) return this.secondPage(next, 200);
    const policy = await this.parts.policies.secondFactor(result.org);
    if (policy === 'off') return this.finish(next, ['pwd']);
    await this.enrolPage(next, 200);
  }

  private async passkey(turn: Turn): Promise<void> {
    const { challenge, user } = turn.step;
    const signed = challenge === null ? undefined : await this.parts.passkeys.verify(challenge, response(turn));
    const principal = signed === undefined ? undefined : await this.parts.users.principalOf(signed);
    // After a password, only a passkey of the same person will do.
    if (signed !== undefined && principal && (user === null || user === signed)) {
      return this.finish({ ...turn, step: { ...turn.step, user: signed } }, ['hwk', 'user', 'mfa']);
    }
    const failure = 'This passkey is not known here. Try again, or sign in another way.';
    if (user === null) return this.firstPage(turn, 401, { email: '', failure });
    await this.again(turn, failure);
  }

  private async code(turn: Turn): Promise<void> {
    const owner = await this.owner(turn);
    if (!owner) return this.lost(turn);
    const code = fieldOf(turn.req, 'code');
    const address = addressOf(turn.res);
    let recovery = false;
    const result = await this.parts.signIn.attemptFactor(owner, address, async () => {
      if (await this.parts.factors.useTotp(owner.user, code)) return true;
      return (recovery = await this.parts.factors.useRecoveryCode(owner, code, address));
    });
    if (result.kind === 'right') return this.finish(turn, recovery ? ['pwd', 'kba', 'mfa'] : ['pwd', 'otp', 'mfa']);
    if (result.kind === 'refused') return this.again(turn, 'This code is not right. Each works once.');
    const wait = Math.ceil(result.retryAfter / 1000);
    turn.res.set('Retry-After', String(wait));
    await this.secondPage(turn, 429, `Too many attempts. Try again in ${inWords(wait)}.`);
  }

  private async enrolTotp(turn: Turn): Promise<void> {
    const owner = await this.mayEnrol(turn);
    if (!owner) return this.lost(turn);
    const codes = await this.parts.factors.confirmTotp(owner, fieldOf(turn.req, 'code'), addressOf(turn.res));
    if (!codes) return this.enrolPage(turn, 401, 'This code is not right. Check the time of your device.');
    await this.showCodes(turn, codes, 'otp');
  }

  private async enrolPasskey(turn: Turn): Promise<void> {
    const owner = await this.mayEnrol(turn);
    const { challenge } = turn.step;
    if (!owner || challenge === null) return this.lost(turn);
    const made = await this.parts.passkeys.register(owner, challenge, response(turn), addressOf(turn.res));
    if (!made) return this.enrolPage(turn, 401, 'The passkey could not be checked. Try again.');
    await this.showCodes(turn, made.recoveryCodes, 'hwk');
  }

  private async skip(turn: Turn): Promise<void> {
    const owner = await this.mayEnrol(turn);
    if (!owner) return this.lost(turn);
    if ((await this.parts.policies.secondFactor(owner.org)) !== 'offered') return this.enrolPage(turn, 403);
    await this.finish(turn, ['pwd']);
  }

  private async done(turn: Turn): Promise<void> {
    // Set only by `showCodes`, after a factor was made in this very sign-in.
    const made = /^made:(otp|hwk)$/.exec(turn.step.challenge ?? '')?.[1];
    if (!made || turn.step.user === null) return this.lost(turn);
    await this.finish(turn, ['pwd', made, 'mfa']);
  }

  private async showCodes(turn: Turn, codes: readonly string[], by: 'otp' | 'hwk'): Promise<void> {
    await this.parts.steps.write(turn.details.uid, { ...turn.step, challenge: `made:${by}` });
    sendPage(turn.res, 200, recoveryCodesPage(turn.req.originalUrl, codes));
  }

  private async finish(turn: Turn, amr: string[]): Promise<void> {
    const owner = await this.owner(turn);
    if (!owner) return this.lost(turn);
    await this.leaveOtherAccount(turn, owner.user);
    await this.parts.signIn.succeeded(owner, amr, addressOf(turn.res));
    await this.parts.steps.forget(turn.details.uid);
    await turn.provider.interactionFinished(
      turn.req,
      turn.res,
      { login: { accountId: owner.user, amr, remember: false, ts: Math.floor(this.parts.clock.now() / 1000) } },
      { mergeWithLastSubmission: false },
    );
  }

  /**
   * Somebody else is signed in at the provider in this browser: their session there ends now. The provider itself would
   * do it with a page that needs a script, which our content security policy does not let run.
   */
  private async leaveOtherAccount({ provider, details }: Turn, user: string): Promise<void> {
    const { session } = details;
    if (!session || session.accountId === user) return;
    await (await provider.Session.findByUid(session.uid))?.destroy();
    delete details.session;
    // Its life is counted by the provider's own clock.
    await details.save(details.exp - Math.floor(Date.now() / 1000));
  }

  private async owner({ step }: Turn): Promise<{ user: string; org: string } | undefined> {
    const principal = step.user === null ? undefined : await this.parts.users.principalOf(step.user);
    return principal && { user: principal.id, org: principal.org };
  }

  /** Who may make a first factor with a password alone: only who has none. */
  private async mayEnrol(turn: Turn): Promise<{ user: string; org: string } | undefined> {
    const owner = await this.owner(turn);
    const kinds = owner ? await this.parts.factors.kinds(owner.user) : [];
    return kinds.includes('totp') || kinds.includes('passkey') ? undefined : owner;
  }

  private async again(turn: Turn, failure: string): Promise<void> {
    const step = { ...turn.step, failures: turn.step.failures + 1 };
    await this.parts.steps.write(turn.details.uid, step);
    if (step.failures >= mostFailures) return this.lost(turn);
    await this.secondPage({ ...turn, step }, 401, failure);
  }

  /** The sign-in starts anew. */
  private async lost(turn: Turn): Promise<void> {
    await this.parts.steps.forget(turn.details.uid);
    await this.firstPage({ ...turn, step: empty }, 401, { email: '', failure: 'Please sign in again.' });
  }

  private async blocked(turn: Turn, retryAfter: number, form: { email: string }): Promise<void> {
    const wait = Math.ceil(retryAfter / 1000);
    turn.res.set('Retry-After', String(wait));
    await this.passwordPage(turn, 429, { ...form, failure: `Too many attempts. Try again in ${inWords(wait)}.` });
  }

  /** The first page again after a password: with its challenge, which nobody has used, so that a guess writes nothing. */
  private async passwordPage(turn: Turn, status: number, form: { email: string; failure: string }): Promise<void> {
    const { user, challenge } = turn.step;
    if (user !== null || challenge === null) return this.firstPage(turn, status, form);
    const { json } = await this.parts.passkeys.signInOptions(null, challenge);
    sendPage(turn.res, status, signInPage(turn.req.originalUrl, { ...form, passkey: json }));
  }

  private async firstPage(turn: Turn, status: number, form: { email: string; failure?: string }): Promise<void> {
    const { challenge, json } = await this.parts.passkeys.signInOptions(null);
    await this.parts.steps.write(turn.details.uid, { ...empty, challenge });
    sendPage(turn.res, status, signInPage(turn.req.originalUrl, { ...form, passkey: json }));
  }

  private async secondPage(turn: Turn, status: number, failure?: string): Promise<void> {
    const user = turn.step.user ?? '';
    const kinds = await this.parts.factors.kinds(user);
    const options = kinds.includes('passkey') ? await this.parts.passkeys.signInOptions(user) : undefined;
    await this.parts.steps.write(turn.details.uid, { ...turn.step, challenge: options?.challenge ?? null });
    const form = { code: kinds.includes('totp'), passkey: options?.json, failure };
    sendPage(turn.res, status, secondFactorPage(turn.req.originalUrl, form));
  }

  private async enrolPage(turn: Turn, status: number, failure?: string): Promise<void> {
    const owner = await this.owner(turn);
    const name = owner && (await this.parts.users.nameOf(owner.org, owner.user));
    const totp = owner && (await this.parts.factors.beginTotp(owner, name ?? owner.user));
    if (!owner || !totp) return this.lost(turn);
    const options = await this.parts.passkeys.registrationOptions(owner, name ?? owner.user);
    await this.parts.steps.write(turn.details.uid, { ...turn.step, challenge: options.challenge });
    const skip = (await this.parts.policies.secondFactor(owner.org)) === 'offered';
    sendPage(turn.res, status, enrolPage(turn.req.originalUrl, { ...totp, passkey: options.json, skip, failure }));
  }
}

const empty: Step = { user: null, challenge: null, failures: 0 };

const response = ({ req }: Turn): string => fieldOf(req, 'response');
