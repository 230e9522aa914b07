import type { Request, Response } from 'express';
import { pageHeaders } from './pages';

/** Answers with a page of our own. */
export function sendPage(res: Response, status: number, html: string): void {
  res.status(status).set(pageHeaders);
  // The form's answer may lead on to a program that acts for people: its origin, and no other, joins the policy.
  const to: unknown = res.locals['leadsTo'];
  const policy = pageHeaders['Content-Security-Policy'];
  if (typeof to === 'string' && policy)
    res.set('Content-Security-Policy', policy.replace("form-action 'self'", `form-action 'self' ${to}`));
  res.type('html').send(html);
}

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
