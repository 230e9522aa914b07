import type { DataOf, events } from '@quaywatch/contracts';
import { accept, refuse, type Decision } from '@quaywatch/kernel';

/** A review of who holds what, as its facts tell it. */
export interface Review {
  readonly state: 'unknown' | 'open' | 'closed';
  /** The user of each item. */
  readonly items: Readonly<Record<string, string>>;
  readonly outcomes: Readonly<Record<string, 'keep' | 'revoke'>>;
}

/** What can be asked. */
export type ReviewCommand =
  | ({ readonly kind: 'open' } & DataOf<typeof events.reviewOpened>)
  | ({ readonly kind: 'decide' } & DataOf<typeof events.reviewItemDecided>)
  | { readonly kind: 'close'; readonly review: string; readonly by: string };

/** A fact about it. */
export type ReviewFact =
  | { readonly type: 'review-opened'; readonly data: DataOf<typeof events.reviewOpened> }
  | { readonly type: 'review-item-decided'; readonly data: DataOf<typeof events.reviewItemDecided> }
  | { readonly type: 'review-closed'; readonly data: DataOf<typeof events.reviewClosed> };

/** No review yet. */
export const noReview: Review = { state: 'unknown', items: {}, outcomes: {} };

/** Decides: every item is decided once, nobody keeps their own role, and it is closed when all are decided. */
export function decideReview(review: Review, command: ReviewCommand): Decision<ReviewFact[]> {
  if (command.kind === 'open') {
    if (review.state !== 'unknown') return refuse('conflict', 'There is such a review already.');
    if (command.items.length === 0) return refuse('invalid', 'Nobody holds anything.');
    const { kind: _kind, ...data } = command;
    return accept([{ type: 'review-opened', data }]);
  }
  if (review.state === 'unknown') return refuse('not_found', 'There is no such review.');
  if (review.state === 'closed') return refuse('conflict', 'This review is closed.');
  if (command.kind === 'decide') {
    const user = review.items[command.item];
    if (user === undefined) return refuse('not_found', 'There is no such item.');
    if (review.outcomes[command.item] !== undefined) return refuse('conflict', 'This was decided already.');
    if (user === command.by && command.outcome === 'keep')
      return refuse('forbidden', 'Somebody else must look at your own roles.');
    const { kind: _kind, ...data } = command;
    return accept([{ type: 'review-item-decided', data }]);
  }
  const open = Object.keys(review.items).filter((item) => review.outcomes[item] === undefined).length;
  if (open > 0) return refuse('conflict', `${open} of ${Object.keys(review.items).length} are not decided yet.`);
  const outcomes = Object.values(review.outcomes);
  const kept = outcomes.filter((outcome) => outcome === 'keep').length;
  const data = { review: command.review, by: command.by, kept, revoked: outcomes.length - kept };
  return accept([{ type: 'review-closed', data }]);
}

/** The review after a fact; facts of other types leave it as it is. */
export function evolveReview(review: Review, fact: { readonly type: string; readonly data: unknown }): Review {
  const known = fact as ReviewFact;
  switch (known.type) {
    case 'review-opened':
      return {
        state: 'open',
        items: Object.fromEntries(known.data.items.map(({ item, user }) => [item, user])),
        outcomes: {},
      };
    case 'review-item-decided':
      return { ...review, outcomes: { ...review.outcomes, [known.data.item]: known.data.outcome } };
    case 'review-closed':
      return { ...review, state: 'closed' };
    default:
      return review;
  }
}
