import { ApiFault } from '../api/request';

/** The channel on which a window says that its person has signed in. */
export const signedInChannel = 'quaywatch-signed-in';

/** Where the window for signing in again comes back to. */
export const signedInPath = '/account/signed-in';

interface Wait {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

let waiting: readonly Wait[] = [];
const listeners = new Set<() => void>();
const tell = (): void => listeners.forEach((listener) => listener());

/** Thrown when the person chose not to sign in again. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed';
}

const wantsSignIn = (error: unknown): boolean =>
  error instanceof ApiFault &&
  error.status === 403 &&
  (error.problem?.errors ?? []).some(({ code }) => code === 'sign_in_again');

/** Does the work; when the server wants a fresh sign-in first, waits for it and does the work once more. */
export async function withFreshSignIn<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!wantsSignIn(error)) throw error;
  }
  await new Promise<void>((resolve, reject) => {
    waiting = [...waiting, { resolve, reject }];
    tell();
  });
  return work();
}

/** Whether a change waits for a fresh sign-in. */
export const isWaiting = (): boolean => waiting.length > 0;

/** Calls `listener` when that changes; the answer stops it. */
export function onWaiting(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The person has signed in (the changes go on), or does not want to. */
export function settle(signedIn: boolean): void {
  const all = waiting;
  waiting = [];
  tell();
  for (const { resolve, reject } of all) {
    if (signedIn) resolve();
    else reject(new NotConfirmed());
  }
}
