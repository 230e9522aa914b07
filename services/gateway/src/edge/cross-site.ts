/** The headers that decide. */
export interface CrossSiteHeaders {
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
  readonly 'x-csrf'?: string | string[] | undefined;
}

const readers = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Why a change must be refused as not coming from our own pages, or undefined. `X-CSRF: 1` cannot be sent by a form or
 * across origins without CORS (which we never grant); Origin or Sec-Fetch-Site must also say that it is ours.
 */
export function crossSite(method: string, headers: CrossSiteHeaders, publicUrl: string): string | undefined {
  if (readers.has(method)) return undefined;
  const { origin, 'sec-fetch-site': site } = headers;
  if (headers['x-csrf'] !== '1') return 'A change needs the header X-CSRF: 1.';
  if (origin === undefined && site === undefined) return 'A change needs an Origin or Sec-Fetch-Site header.';
  if (origin !== undefined && origin !== publicUrl) return 'The request comes from another origin.';
  if (site !== undefined && site !== 'same-origin') return 'The request comes from another site.';
  return undefined;
}
