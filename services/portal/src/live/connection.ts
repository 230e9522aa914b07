import { useSyncExternalStore } from 'react';

/** State of the live connection (none = this person may not listen), and when the server was last heard (ms, this machine's clock; null = never). */
export interface Connection {
  readonly state: 'connecting' | 'live' | 'offline' | 'none';
  readonly lastHeardAt: number | null;
}

let current: Connection = { state: 'connecting', lastHeardAt: null };
const listeners = new Set<() => void>();

/** Sets the state; listeners hear only of changes of the state, not of each contact. */
export function setConnection(state: Connection['state']): void {
  if (current.state === state) return;
  current = { ...current, state };
  for (const listener of listeners) listener();
}

/** The server was heard just now. */
export function contact(): void {
  current = { ...current, lastHeardAt: Date.now() };
}

/** The connection as it is now. */
export const connection = (): Connection => current;

/** The live connection's state; the component is drawn again when the state changes. */
export const useConnectionState = (): Connection['state'] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current.state,
  );
