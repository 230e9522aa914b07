import type { Request, Response } from 'express';
import { pageHeaders } from './pages';

/** Answers with a page of our own. */
export const sendPage = (res: Response, status: number, html: string): void =>
  void res.status(status).set(pageHeaders).type('html').send(html);

/** The network address that the gateway saw. */
export const addressOf = (res: Response): string | null => (res.locals['address'] as string | null | undefined) ?? null;

/** A field of a form; empty when it is not there. */
export function fieldOf(req: Request, name: string): string {
  const value: unknown = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

/** A wait in words. */
export const inWords = (seconds: number): string =>
  seconds < 90 ? `${seconds} second${seconds === 1 ? '' : 's'}` : `${Math.ceil(seconds / 60)} minutes`;
