import 'reflect-metadata';
import { defineService } from '@quaywatch/runtime';
import init from '../migrations/0001-init.sql';
import factorsClients from '../migrations/0002-factors-clients.sql';
import account from '../migrations/0003-account.sql';
import apps from '../migrations/0004-apps-keys.sql';
import authority from '../migrations/0005-authority.sql';
import scim from '../migrations/0006-scim.sql';
import knownAddresses from '../migrations/0007-known-addresses.sql';
import tlsClients from '../migrations/0028-tls-clients.sql';
import apiUsage from '../migrations/0030-api-usage.sql';
import noticeMail from '../migrations/0037-notice-mail.sql';
import { userAccessConfig } from './config';
import { UserAccessModule } from './user-access.module';

/** user-access: users, roles, invitations, sign-in (OpenID provider) and the gateway's sessions. */
export const userAccess = defineService({
  name: 'user-access',
  doc: 'Users, roles, invitations, sign-in (OpenID provider) and sessions.',
  config: userAccessConfig,
  migrations: {
    '0001-init.sql': init,
    '0002-factors-clients.sql': factorsClients,
    '0003-account.sql': account,
    '0004-apps-keys.sql': apps,
    '0005-authority.sql': authority,
    '0006-scim.sql': scim,
    '0007-known-addresses.sql': knownAddresses,
    '0028-tls-clients.sql': tlsClients,
    '0030-api-usage.sql': apiUsage,
    '0037-notice-mail.sql': noticeMail,
  },
  views: {
    accounts: ['account', 'api_client', 'custom_role', 'delegation', 'approval', 'access_review', 'access_review_item'],
    organisations: ['organisation'],
    usage: ['api_usage'],
  },
  store: true,
  module: UserAccessModule,
});
