import type { Principal, ServiceName } from '@quaywatch/contracts';
import { Fault } from '@quaywatch/kernel';
import type { SecretStore } from '@quaywatch/ports';
import type { Agent } from 'node:http';
import { plainAgent } from './http/call-service';
import { reusableToken, type CallerCertificate } from './http/internal-token';

/** Where the other services answer, and the signed token that tells them who asks. */
export interface Peers {
  /** Base URL of a service's internal HTTP, without a final slash. */
  urlOf(service: ServiceName): string;
  /** Connections to them: over mutual TLS where the installation has it, else plain. */
  readonly agent: Agent;
  /** Headers for one internal call on behalf of `principal` (null = nobody signed in): token, request id, caller's address. */
  headersFor(
    principal: Principal | null,
    call: { requestId: string; address: string | null; certificate?: CallerCertificate | undefined },
  ): Promise<Record<string, string>>;
}

/** Peers from a table of URLs that may grow while services start; `agent`: see `Peers`. */
export function makePeers(
  urls: ReadonlyMap<ServiceName, string>,
  secrets: SecretStore,
  agent: Agent = plainAgent,
): Peers {
  return {
    agent,
    urlOf(service) {
      const url = urls.get(service);
      if (!url) throw new Fault('PEER_UNKNOWN', `the address of ${service} is not known (yet)`, { retryable: true });
      return url;
    },
    async headersFor(principal, call) {
      return {
        authorization: `Bearer ${await reusableToken(secrets, principal, call.address, call.certificate)}`,
        'x-request-id': call.requestId,
      };
    },
  };
}
