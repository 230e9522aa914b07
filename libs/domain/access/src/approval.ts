import type { DataOf, events } from '@quaywatch/contracts';
import { accept, refuse, type Decision, type Instant } from '@quaywatch/kernel';

/** Something that takes two people, as its facts tell it. */
export interface Approval {
  readonly state: 'unknown' | 'pending' | 'approved' | 'rejected';
  readonly by: string;
  readonly expiresAt: Instant;
}

/** What can be asked. */
export type ApprovalCommand =
  | ({ readonly kind: 'request' } & DataOf<typeof events.approvalRequested>)
  | ({ readonly kind: 'decide'; readonly now: Instant } & DataOf<typeof events.approvalDecided>);

/** A fact about it. */
export type ApprovalFact =
  | { readonly type: 'approval-requested'; readonly data: DataOf<typeof events.approvalRequested> }
  | { readonly type: 'approval-decided'; readonly data: DataOf<typeof events.approvalDecided> };

/** Nothing asked for yet. */
export const noApproval: Approval = { state: 'unknown', by: '', expiresAt: 0 };

/** Decides: asked once, decided once, in time, and to let it happen never by who asked for it. */
export function decideApproval(approval: Approval, command: ApprovalCommand): Decision<ApprovalFact[]> {
  if (command.kind === 'request') {
    if (approval.state !== 'unknown') return refuse('conflict', 'This was asked for already.');
    const { kind: _kind, ...data } = command;
    return accept([{ type: 'approval-requested', data }]);
  }
  if (approval.state === 'unknown') return refuse('not_found', 'There is no such request.');
  if (approval.state !== 'pending') return refuse('conflict', 'This was decided already.');
  if (approval.expiresAt <= command.now) return refuse('gone', 'This request has expired.');
  // Who asked may take it back, but not let it happen.
  if (command.outcome === 'approved' && approval.by === command.by)
    return refuse('forbidden', 'Somebody else must let this happen.');
  const { kind: _kind, now: _now, ...data } = command;
  return accept([{ type: 'approval-decided', data }]);
}

/** The request after a fact; facts of other types leave it as it is. */
export function evolveApproval(approval: Approval, fact: { readonly type: string; readonly data: unknown }): Approval {
  const known = fact as ApprovalFact;
  if (known.type === 'approval-requested')
    return { state: 'pending', by: known.data.by, expiresAt: known.data.expiresAt };
  return known.type === 'approval-decided' ? { ...approval, state: known.data.outcome } : approval;
}
