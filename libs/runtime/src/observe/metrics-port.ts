import type { Metrics } from './metrics';
import { openSidePort, type SidePort } from './side-port';

/**
 * Opens a listener of its own for `GET /metrics`: scrapers need to reach neither the public port nor the internal HTTP.
 * Rejects when it cannot listen.
 */
export async function openMetricsPort(
  metrics: Metrics,
  at: { readonly host: string; readonly port: number },
): Promise<SidePort> {
  const { url, close } = await openSidePort((req, res) => {
    // Nobody sends a body here; what comes is not read.
    if (req.url?.split('?')[0] !== '/metrics') return void res.writeHead(404).end();
    if (req.method !== 'GET') return void res.writeHead(405, { allow: 'GET' }).end();
    metrics.expose().then(
      (text) => res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      () => res.writeHead(500).end(),
    );
  }, at);
  return { url: `${url}/metrics`, close };
}
