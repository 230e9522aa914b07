import { openSidePort, type SidePort } from './side-port';

/**
 * Opens a listener for `GET /healthz` and `GET /readyz`, for probes that have no certificate. It tells nobody why a
 * service is not ready. Rejects when it cannot listen.
 */
export function openHealthPort(
  notReady: () => readonly string[],
  at: { readonly host: string; readonly port: number },
): Promise<SidePort> {
  return openSidePort((req, res) => {
    const path = req.url?.split('?')[0];
    if (path !== '/healthz' && path !== '/readyz') return void res.writeHead(404).end();
    if (req.method !== 'GET') return void res.writeHead(405, { allow: 'GET' }).end();
    res.writeHead(path === '/readyz' && notReady().length > 0 ? 503 : 200).end();
  }, at);
}
