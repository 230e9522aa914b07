import { lazy, Suspense, useSyncExternalStore } from 'react';
import { isWaiting, onWaiting } from './step-up';

const StepUpDialog = lazy(() => import('./step-up-dialog'));

/** Asks for a fresh sign-in when a change waits for one. */
export const StepUpAsk = () =>
  useSyncExternalStore(onWaiting, isWaiting) ? (
    <Suspense>
      <StepUpDialog />
    </Suspense>
  ) : null;
