import { accept, refuse, type Decision } from '@quaywatch/kernel';

/** Most webhook endpoints of one organisation. */
export const mostEndpoints = 20;

/** Whether notifications may be sent to `url`. Where it leads (private networks) is decided at each sending, by the channel. */
export function decideEndpoint(url: string, others: readonly string[]): Decision<string> {
  const match = /^(https?):\/\/([^/?#]+)/i.exec(url);
  if (!match || url.length > 2000)
    return refuse('invalid', 'Enter an address that begins with https:// (2000 characters at most).');
  if (match[2]?.includes('@'))
    return refuse('invalid', 'Leave user name and password out of the address: requests are signed.');
  if (others.includes(url)) return refuse('conflict', 'This address gets alarms already.');
  if (others.length >= mostEndpoints) return refuse('conflict', `An organisation can have ${mostEndpoints} addresses.`);
  return accept(url);
}
