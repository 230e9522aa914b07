import { toIso, type Instant } from '@quaywatch/kernel';
import type { NoticeKind } from './notices';

/** What a mail says about a notice. */
export interface NoticeAbout {
  readonly kind: NoticeKind;
  readonly at: Instant;
  readonly address: string | null;
  /** What the browser called itself: anybody can write anything there. */
  readonly userAgent: string | null;
  /** Where the person looks after their account. */
  readonly accountUrl: string;
}

const subjects: Readonly<Record<NoticeKind, string>> = {
  new_device: 'Sign-in from a new device',
  password_changed: 'Your password was changed',
  factor_added: 'A way to sign in was added to your account',
  factor_removed: 'A way to sign in was removed from your account',
  recovery_code_used: 'A recovery code of yours was used',
  break_glass: 'Emergency access was used in your organisation',
};

/** Subject and plain text of the mail. It names nobody, holds no secret, and its one link is to the account page. Pure. */
export function noticeText({ kind, at, address, userAgent, accountUrl }: NoticeAbout): {
  subject: string;
  text: string;
} {
  const from = address === null ? 'from an address that is not known' : `from the address ${printable(address)}`;
  const by = userAgent === null ? '' : `\nIts browser calls itself: ${printable(userAgent)}`;
  const what = subjects[kind];
  const action =
    kind === 'break_glass'
      ? 'If you do not know why, look at the audit trail and talk to whoever used it.'
      : `If that was not you, end the other sessions and change your password: ${accountUrl}`;
  return {
    subject: `Quaywatch: ${what}`,
    text: `${what}, ${toIso(at)} (UTC), ${from}.${by}\n\n${action}\n\nThis notice also waits in the portal. Nobody reads answers to this mail.\n`,
  };
}

/** One line without control characters, and not a long one. */
const printable = (text: string): string => text.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 200);
