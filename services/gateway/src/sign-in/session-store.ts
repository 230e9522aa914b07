import session from 'express-session';
import type { SessionData } from 'express-session';
import { createHash } from 'node:crypto';
import './session-data';
import type { UserAccessClient } from './user-access-client';

type Done = (error?: unknown) => void;

const caller = { requestId: 'session', address: null };

/** SHA-256 of a session id, hex: the only form in which it leaves the gateway. */
export const hashOf = (sid: string): string => createHash('sha256').update(sid).digest('hex');

/**
 * Sessions of express-session, kept by user-access: the gateway has no database. Life times are decided there;
 * each look-up also brings who the user is at this moment, so that a role taken away works with the next request.
 */
export class RemoteSessionStore extends session.Store {
  constructor(private readonly access: UserAccessClient) {
    super();
  }

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    this.access.findSession(hashOf(sid), true, caller).then(
      (found) =>
        done(
          null,
          found
            ? ({
                ...structuredClone(found.data),
                principal: found.principal,
                cookie: { originalMaxAge: null },
              } as SessionData)
            : null,
        ),
      done,
    );
  }

  override set(sid: string, stored: SessionData, done: Done = () => undefined): void {
    const { cookie: _cookie, principal: _principal, ...data } = stored;
    this.access.saveSession(hashOf(sid), data, data.passport?.user ?? null, caller).then(() => done(), done);
  }

  override destroy(sid: string, done: Done = () => undefined): void {
    this.access.endSession(hashOf(sid), false, caller).then(() => done(), done);
  }
}
