import type { Principal, ServiceName } from '@quaywatch/contracts';

/** Where the other services answer, and the signed token that tells them who asks. */
export interface Peers {
  /** Base URL of a service's internal HTTP, without a final slash. */
  urlOf(service: ServiceName): string;
  /** Headers for one internal call on behalf of `principal` (null = nobody signed in): token, request id, caller's address. */
  headersFor(principal: Principal | null, call: { requestId: string; address: string | null }): Promise<Record<string, string>>;
}
