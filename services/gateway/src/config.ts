import { flag, port, publicUrl } from '@quaywatch/runtime';
import { z } from 'zod';

/** Words separated by commas. */
const words = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const limit = z.coerce.number().int().min(1);

/** Configuration of the gateway; keys are environment variables. Its port and host come from the process. */
export const gatewayConfig = z.object({
  PUBLIC_URL: publicUrl
    .default('http://localhost:8080')
    .describe(
      'Where people reach this gateway. Cookies are `Secure` unless it is http on a loopback host (nothing else may be http).',
    ),
  HTTPS_PORT: port
    .optional()
    .describe('The public port: TLS 1.2 or newer, HTTP/2 and HTTP/1.1. Then plain HTTP is for this machine only.'),
  HTTPS_HOST: z.string().min(1).default('0.0.0.0').describe('Where the public port listens.'),
  TLS_CERT_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('Certificate of the public port and its chain, PEM. Read again within 30 s of a change.'),
  TLS_KEY_FILE: z.string().min(1).optional().describe('Its private key, PEM.'),
  TLS_ASK_CALLERS: flag
    .default(false)
    .describe('Asks callers for a certificate (never a must), for programs that sign in with one (RFC 8705).'),
  TLS_CALLER_CA_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('Authorities that are trusted for certificates of callers, PEM. Without it none counts as verified.'),
  PLAIN_HTTP: z
    .enum(['loopback', 'behind-proxy'])
    .default('loopback')
    .describe(
      'Where plain HTTP may listen: on loopback only, or anywhere because a trusted proxy in front ends TLS (see TRUSTED_PROXIES).',
    ),
  PORTAL_DIR: z.string().optional().describe('Folder of the built portal; without it only the API is served.'),
  OIDC_ISSUER: z.url().optional().describe('Another OpenID provider than the built-in one.'),
  OIDC_CLIENT_ID: z.string().min(1).default('portal').describe('Client id at the provider.'),
  OIDC_CLIENT_SECRET_NAME: z
    .string()
    .min(1)
    .default('oidc-portal-secret')
    .describe('Name of the secret that holds the client secret.'),
  OIDC_ID_TOKEN_ALG: z
    .enum(['RS256', 'PS256', 'ES256', 'EdDSA'])
    .default('RS256')
    .describe('How the other provider signs ID tokens.'),
  OIDC_MFA_AMR: words
    .default(['mfa'])
    .describe(
      "Values of the other provider's claim `amr` that mean more than one factor (RFC 8176), comma-separated. Where an organisation requires a second factor, people whose provider says neither this nor OIDC_MFA_ACR stay outside.",
    ),
  OIDC_MFA_ACR: words
    .default([])
    .describe('Values of its claim `acr` that mean more than one factor, comma-separated; they are also asked for.'),
  STEP_UP_MINUTES: z.coerce
    .number()
    .positive()
    .default(15)
    .describe('Changes to access (roles, people, programs) need a sign-in that is no older than this.'),
  RATE_ADDRESS: limit.default(6000).describe('Requests a minute from one network address.'),
  RATE_CALLER: limit.default(1200).describe('Requests a minute of one person or program.'),
  RATE_CLIENT: limit.default(6000).describe('Requests a minute of one program for all the people it acts for.'),
  RATE_ORGANISATION: limit.default(12_000).describe('Requests a minute of one organisation.'),
  QUOTA_PORT: port
    .optional()
    .describe('UDP port on which gateways tell each other what they have counted; without it each counts for itself.'),
  QUOTA_HOST: z.string().min(1).default('0.0.0.0').describe('Where that port listens.'),
  QUOTA_PEERS: words
    .default([])
    .pipe(z.array(z.string().regex(/^\S+:\d{1,5}$/)))
    .describe(
      'The other gateways, `host:port`, comma-separated; of a name (a headless service) all addresses count, looked up every 10 s.',
    ),
  CALLER_MEMORY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(30_000)
    .default(2000)
    .describe(
      'How long it is remembered who a session or token stands for, ms. Any change of access through this gateway forgets it at once; one through another replica works after this time.',
    ),
  EVENTS_REMEMBERED: limit
    .default(50_000)
    .describe(
      'Live events that are remembered for readers of the stream who come back, about 600 bytes each; a day of some 150 spreaders.',
    ),
  EVENTS_REMEMBERED_HOURS: z.coerce
    .number()
    .positive()
    .max(168)
    .default(24)
    .describe('How long they are remembered at most, h.'),
  EVENTS_READ_BACK: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe(
      'Records of each partition that a gateway reads again at its start, so that readers of the one before it miss nothing; 0 = none.',
    ),
  FIRST_BYTE_SECONDS: z.coerce
    .number()
    .positive()
    .max(300)
    .default(10)
    .describe('How long a service may take to begin an answer, s; then 504.'),
  SLOW_FIRST_BYTE_SECONDS: z.coerce
    .number()
    .positive()
    .max(300)
    .default(60)
    .describe('The same for back-tests, which work through much history first.'),
  IDLE_SECONDS: z.coerce
    .number()
    .positive()
    .max(3600)
    .default(60)
    .describe('How long an answer may stand still, from the service or to the caller, s; then it is cut off.'),
  ANSWER_SECONDS: z.coerce
    .number()
    .positive()
    .max(86_400)
    .default(7200)
    .describe(
      'How long a whole answer may take however well it flows, s: downloads over slow lines. Not the event stream.',
    ),
  OIDC_SCOPE: z.string().min(1).default('openid email').describe('Scopes asked of the other provider.'),
  OIDC_GROUPS_CLAIM: z
    .string()
    .min(1)
    .default('groups')
    .describe("Claim of the other provider's ID token that names a person's groups."),
  TRUSTED_PROXIES: words
    .optional()
    .describe(
      'Addresses or networks of proxies in front, comma-separated; only they may say from where a request comes.',
    ),
});

/** Parsed configuration of the gateway. */
export type GatewayConfig = z.infer<typeof gatewayConfig>;
