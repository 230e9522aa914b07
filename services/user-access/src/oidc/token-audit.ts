import { describeError } from '@quaywatch/kernel';
import type { AuditTrail, Logger } from '@quaywatch/runtime';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Clients } from '../clients/clients';

/** What the audit trail of tokens needs. */
export interface TokenAuditParts {
  readonly audit: AuditTrail;
  readonly clients: Clients;
  readonly logger: Logger;
  /** Our own portal, whose sign-ins are written down where the person proved who they are. */
  readonly portal: string;
  /** Whose trail tells of programs that are nobody's. */
  readonly home: string;
  readonly addressOf: (ctx: KoaContextWithOIDC) => string | null;
}

/**
 * Writes down every token that a program asks for: given, refused and why, and a code or refresh token that came a second
 * time (which ends all that came from it: RFC 9700 4.14.2). Never a token itself.
 */
export function auditTokens(
  provider: Provider,
  { audit, clients, logger, portal, home, addressOf }: TokenAuditParts,
): void {
  const write = async (
    ctx: KoaContextWithOIDC,
    action: 'token.issue' | 'token.replay',
    outcome: 'success' | 'refused' | 'failure',
    reason: string | null,
  ): Promise<void> => {
    const known = ctx.oidc.client?.clientId;
    if (known === portal && outcome === 'success') return;
    // A program that has not proved itself is not who it says; it is named only where there is such a program.
    const said = known ?? String(ctx.oidc.params?.['client_id'] ?? '');
    const org = said === portal ? home : await clients.orgOf(said);
    const client = { kind: 'client', id: org === undefined ? 'unknown' : said } as const;
    await audit.write({
      org: org ?? home,
      class: 'authentication',
      actor: outcome === 'failure' ? { kind: 'anonymous', id: 'anonymous' } : client,
      action,
      target: client,
      outcome,
      reason,
      address: addressOf(ctx),
      detail: { grant: String(ctx.oidc.params?.['grant_type'] ?? '').slice(0, 80) },
    });
  };
  const later = (work: Promise<void>): void =>
    void work.catch((error: unknown) =>
      logger.error({ reason: describeError(error) }, 'an audit entry about a token was not written'),
    );
  provider.on('grant.success', (ctx) => later(write(ctx, 'token.issue', 'success', null)));
  provider.on('grant.error', (ctx, error) =>
    later(write(ctx, 'token.issue', error.error === 'invalid_client' ? 'failure' : 'refused', error.error)),
  );
  provider.on('grant.revoked', (ctx) => {
    if (ctx.oidc.route === 'token') later(write(ctx, 'token.replay', 'refused', 'used before'));
  });
}
