import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { paths } from './api';

/** A program of an organisation, as `POST /v1/api-clients` gave it. */
export interface Program {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * A typed client of the Quaywatch API: gets tokens by itself, gives every POST an Idempotency-Key, and repeats a
 * request once after 429 or 503 when the answer says how long to wait (60 s at most).
 */
export function createQuaywatch({ baseUrl, clientId, clientSecret }: Program): Client<paths> {
  let token: { readonly text: string; readonly until: number } | undefined;
  const bearer = async (): Promise<string> => {
    if (token && token.until > Date.now()) return token.text;
    const answer = await fetch(`${baseUrl}/oidc/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
    const { access_token: text, expires_in: life } = (await answer.json()) as {
      access_token: string;
      expires_in: number;
    };
    token = { text, until: Date.now() + (life - 30) * 1000 };
    return text;
  };
  const copies = new Map<string, Request>();
  const middleware: Middleware = {
    async onRequest({ request, id }) {
      request.headers.set('authorization', `Bearer ${await bearer()}`);
      if (request.method === 'POST' && !request.headers.has('idempotency-key'))
        request.headers.set('idempotency-key', crypto.randomUUID());
      copies.set(id, request.clone());
      return request;
    },
    async onResponse({ response, id }) {
      const again = copies.get(id);
      copies.delete(id);
      const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
      if (!again || (response.status !== 429 && response.status !== 503) || !(wait <= 60)) return undefined;
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
      return fetch(again);
    },
    onError({ id }) {
      copies.delete(id);
    },
  };
  const client = createClient<paths>({ baseUrl });
  client.use(middleware);
  return client;
}
