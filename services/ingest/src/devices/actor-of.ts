import type { Principal } from '@quaywatch/contracts';
import type { Actor } from '../pki/authorities';

/** Who acts, for facts and the audit trail. */
export const actorOf = (principal: Principal, address: string | null): Actor => ({
  org: principal.org,
  kind: principal.kind,
  id: principal.id,
  address,
});
