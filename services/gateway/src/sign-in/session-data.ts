import type { Principal } from '@quaywatch/contracts';

/** A sign-in under way in one tab. */
export interface PendingSignIn {
  readonly verifier: string;
  readonly nonce: string;
  readonly returnTo: string;
  /** True when the provider was told to ask the person again. */
  readonly demanded?: boolean;
}

declare module 'express-session' {
  interface SessionData {
    /** Sign-ins under way, by `state`. */
    signIns?: Record<string, PendingSignIn>;
    /** The built-in provider's own session, so that signing out ends it too. */
    providerSession?: string;
    /** ID token of another provider, for signing out there. */
    idToken?: string;
    /** When the person last showed who they are, ms UTC. */
    authenticatedAt?: number;
    /** Where they signed in, for their list of sessions. */
    device?: { address: string | null; userAgent: string | null };
    /** What passport keeps: the user's id. */
    passport?: { user?: string };
    /** Who the user is now; comes with each look-up and is never stored. */
    principal?: Principal | null;
  }
}
