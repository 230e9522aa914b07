import { Fault } from '@quaywatch/kernel';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

const inside = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  inside.addSubnet(net, prefix, 'ipv6');

/** Whether an address belongs to this machine or a network of its own, where a partner's program cannot be. */
export const isInside = (address: string): boolean => inside.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/**
 * `fetch` for addresses that partners have given: never to a network of our own (`local`: the platform itself is on this
 * machine, for trying out). The name is looked up once more by the connection: egress rules remain the second guard.
 */
export const outgoing =
  (local: boolean) =>
  async (to: string | URL | Request, options?: RequestInit): Promise<Response> => {
    const url = to instanceof Request ? to.url : to;
    const { hostname } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host) ? [host] : (await lookup(host, { all: true })).map(({ address }) => address);
    if (!local && (addresses.length === 0 || addresses.some(isInside)))
      throw new Fault('ADDRESS_INSIDE', 'the address of a program is inside our own network');
    return fetch(url, { ...options, redirect: 'manual', signal: AbortSignal.timeout(5000) });
  };
