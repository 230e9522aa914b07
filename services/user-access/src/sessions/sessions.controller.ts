import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import type { Principal } from '@quaywatch/contracts';
import { toIso } from '@quaywatch/kernel';
import { Internal, Refused, TokenCall, type InternalCall } from '@quaywatch/runtime';
import { z } from 'zod';
import { CONFIGURATION } from '../tokens';
import type { UserAccessConfig } from '../config';
import { Clients } from '../clients/clients';
import { OidcMount } from '../oidc/mount';
import { ExternalSignIn } from '../users/external-sign-in';
import { Users } from '../users/users';
import { Sessions, type LiveSession } from './sessions';

const idHash = z.string().regex(/^[0-9a-f]{64}$/);
const saved = z.strictObject({ data: z.record(z.string(), z.unknown()), user: z.string().nullable() });
const external = z.strictObject({
  issuer: z.string(),
  subject: z.string(),
  verifiedEmail: z.string().nullable(),
  name: z.string().nullable().default(null),
  groups: z.array(z.string().max(200)).max(500).default([]),
  twoFactors: z.boolean(),
});
const bearerToken = z.strictObject({
  token: z.string().min(20).max(200),
  proof: z
    .union([
      z.literal('admitted'),
      z.strictObject({ proof: z.string().max(4000), method: z.string().max(10), url: z.string().max(2000) }),
    ])
    .nullable()
    .default(null),
});
const organisation = z.strictObject({ org: z.string().min(1).optional() });

/** For the gateway (sessions, who somebody is) and the platform (first set-up link) only; not part of the public contract. */
@Internal()
@Controller('internal')
export class SessionsController {
  constructor(
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Users) private readonly users: Users,
    @Inject(ExternalSignIn) private readonly externals: ExternalSignIn,
    @Inject(Clients) private readonly clients: Clients,
    @Inject(OidcMount) private readonly mount: OidcMount,
    @Inject(CONFIGURATION) private readonly config: UserAccessConfig,
  ) {}

  @Get('sessions/:id')
  async find(@Param('id') id: string, @Query('use') use: string | undefined): Promise<LiveSession> {
    const session = await this.sessions.find(read(idHash, id), use === 'true');
    if (!session) throw new Refused('not_found', 'There is no such session.');
    return session;
  }

  @Put('sessions/:id')
  @HttpCode(204)
  async save(@Param('id') id: string, @Body() body: unknown): Promise<void> {
    const { data, user } = read(saved, body);
    await this.sessions.save(read(idHash, id), data, user);
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  async end(
    @Param('id') id: string,
    @Query('sign_out') signOut: string | undefined,
    @TokenCall() call: InternalCall,
  ): Promise<void> {
    await this.sessions.end(read(idHash, id), signOut === 'true', call.address);
  }

  /** Who a program (or the person it acts for) is that shows an access token, and the token's scope; 404 when the token is not good. */
  @Post('bearer')
  @HttpCode(200)
  async bearer(
    @Body() body: unknown,
    @TokenCall() call: InternalCall,
  ): Promise<{ principal: Principal; scope: string[] | null; client: string }> {
    const { token, proof } = read(bearerToken, body);
    const found = await this.mount.bearer(token, proof, call.certificate);
    const program = found && (await this.clients.principalOf(found.client));
    // A person's token dies with the program it was given to, and with the person.
    const principal = found && found.user !== null && program ? await this.users.principalOf(found.user) : program;
    if (!found || !principal || principal.org !== program?.org)
      throw new Refused('not_found', 'The token is not good.');
    return { principal, scope: found.scope, client: found.client };
  }

  /** Who a user of the own provider is; 404 when they may not sign in. */
  @Get('principals/:id')
  async principal(@Param('id') id: string): Promise<Principal> {
    const principal = await this.users.principalOf(id);
    if (!principal) throw new Refused('not_found', 'There is no such active user.');
    return principal;
  }

  /**
   * The user of somebody whom an external provider signed in; null when their organisation demands a second factor and
   * there was none; 404 when they have neither an invitation nor a group with a role.
   */
  @Post('external-sign-ins')
  @HttpCode(200)
  async external(@Body() body: unknown, @TokenCall() call: InternalCall): Promise<{ user: string | null }> {
    const result = await this.externals.admit(read(external, body), call.address);
    if (result.kind === 'stranger') throw new Refused('not_found', 'Nobody has invited this person.');
    return { user: result.kind === 'user' ? result.user : null };
  }

  /** Does now what housekeeping does by itself every few seconds: key schedule, sign-outs to tell of. */
  @Post('provider-turn')
  @HttpCode(204)
  async turn(): Promise<void> {
    await this.mount.turn();
  }

  /** A fresh set-up link for the first administrator of `org`; `link` is null when one has registered. */
  @Post('set-up-link')
  @HttpCode(200)
  async setUpLink(@Body() body: unknown): Promise<{ link: string | null; expires_at: string | null }> {
    const fresh = await this.users.firstAdministratorLink(
      read(organisation, body ?? {}).org ?? this.config.ORGANISATION,
    );
    return { link: fresh?.link ?? null, expires_at: fresh ? toIso(fresh.expiresAt) : null };
  }
}

function read<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Refused('invalid', parsed.error.issues[0]?.message ?? 'not valid');
  return parsed.data;
}
