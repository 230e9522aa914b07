let words: Promise<ReadonlySet<string>> | undefined;

/** Some 50,000 passwords that head the published lists of leaked ones, lower case; loaded when first asked for. */
const commonPasswords = (): Promise<ReadonlySet<string>> =>
  (words ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => new Set(dictionary['passwords-common'])));

/**
 * Whether it is a common password: with any digits and signs before or behind, one or more times over, or only digits
 * that count or repeat.
 */
export async function isCommon(password: string): Promise<boolean> {
  const common = await commonPasswords();
  const plain = password.toLowerCase();
  const bare = plain.replace(/^[\d\W_]+|[\d\W_]+$/g, '');
  if ([plain, bare, onceOf(plain), onceOf(bare)].some((text) => common.has(text))) return true;
  return /^\d+$/.test(plain) && counts(plain);
}

/** What the text repeats; itself when it repeats nothing. */
const onceOf = (text: string): string => /^(.+?)\1+$/.exec(text)?.[1] ?? text;

const counts = (digits: string): boolean => {
  for (const run of ['01234567890'.repeat(12), '1234567890'.repeat(13), '0987654321'.repeat(13)])
    if (run.includes(digits)) return true;
  return /^(\d{1,6})\1+\d{0,5}$/.test(digits);
};
