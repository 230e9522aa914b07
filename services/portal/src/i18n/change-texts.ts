/** English texts of everything that changes something: forms, confirmations, the fresh sign-in; loaded with the first page that has such a form. */
export const changeTexts = {
  change: {
    failed: 'That did not work. {{reason}}',
    copy: 'Copy',
    copied: 'Copied',
    cancel: 'Cancel',
    you: 'you',
    reason: 'Reason',
    reasonHint: 'It stands in the history.',
    more: 'Show more',
    places: 'Parts of {{place}}',
  },
  stepUp: {
    title: 'Is it still you?',
    text: 'This change needs a sign-in of a moment ago. A window opens in which you sign in; what you have entered here is kept, and the change is made then.',
    go: 'Sign in again',
    cancel: 'Do not change it',
    cancelled: 'Nothing was changed.',
    done: 'You are signed in. This window can be closed.',
    waiting: 'Waiting for you to sign in in the other window.',
  },
} as const;
