/** An answer with its text and the address it came from. */
export interface Page {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly text: string;
}

/** A browser as far as HTTP goes: cookies by path, redirects, Origin and Sec-Fetch-Site of its own pages. No script. */
export class Browser {
  private readonly jar = new Map<string, { value: string; path: string }>();
  /** Every address it was sent to, for tests that look for what must not be in one. */
  readonly visited: string[] = [];
  /** Every Set-Cookie line it got. */
  readonly cookieLines: string[] = [];

  /** `via`: where its connections really go. */
  constructor(
    private readonly origin: string,
    private readonly via = origin,
    private readonly send: typeof fetch = fetch,
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.request('GET', path, headers);
  }

  /** Sends a form, as one of our own pages would. */
  form(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
    const own = {
      origin: 'null',
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    };
    return this.request('POST', path, { ...own, ...headers }, new URLSearchParams(fields).toString());
  }

  /** Sends JSON, as the portal would. */
  json(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Page> {
    const own = { origin: this.origin, 'sec-fetch-site': 'same-origin', 'x-csrf': '1' };
    return this.request(
      method,
      path,
      { ...own, 'content-type': 'application/json', ...headers },
      body === undefined ? undefined : JSON.stringify(body),
    );
  }

  /** The cookies it would send to a path. */
  cookieHeader(path = '/'): string {
    const pathname = new URL(path, this.origin).pathname;
    return [...this.jar]
      .filter(
        ([, { path: scope }]) =>
          scope === '/' || pathname === scope || pathname.startsWith(scope.endsWith('/') ? scope : `${scope}/`),
      )
      .map(([name, { value }]) => `${name.split('@')[0]}=${value}`)
      .join('; ');
  }

  cookie(name: string): string | undefined {
    return [...this.jar].find(([key]) => key.startsWith(`${name}@`))?.[1].value;
  }

  setCookie(name: string, value: string): void {
    this.jar.set(`${name}@/`, { value, path: '/' });
  }

  private async request(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Page> {
    let url = new URL(path, this.origin);
    for (let hops = 0; hops < 12; hops++) {
      this.visited.push(url.href);
      const cookie = this.cookieHeader(url.pathname);
      const response = await this.send(new URL(url.pathname + url.search, this.via), {
        method,
        headers: { accept: 'text/html, */*', ...headers, ...(cookie ? { cookie } : {}) },
        body,
        redirect: 'manual',
      });
      for (const line of response.headers.getSetCookie()) this.take(line);
      const location = response.headers.get('location');
      const text = await response.text();
      if (location === null || response.status < 300 || response.status > 399)
        return { status: response.status, url: url.href, headers: response.headers, text };
      url = new URL(location, url);
      if (url.origin !== this.origin)
        return { status: response.status, url: url.href, headers: response.headers, text };
      const { 'user-agent': agent } = headers;
      [method, body, headers] = ['GET', undefined, agent ? { 'user-agent': agent } : {}];
    }
    throw new Error(`too many redirects: ${this.visited.slice(-12).join(' > ')}`);
  }

  private take(line: string): void {
    this.cookieLines.push(line);
    const [pair = '', ...attributes] = line.split(/;\s*/);
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
    const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice(8);
    if (value === '' || (expires && Date.parse(expires) < Date.now())) this.jar.delete(`${name}@${path}`);
    else this.jar.set(`${name}@${path}`, { value, path });
  }
}
