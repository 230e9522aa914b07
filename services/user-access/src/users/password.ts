import type { Turns } from '../sign-in/turns';
import { isCommon } from './common-passwords';
import type { HashingThreads } from './hashing-threads';
import type { LeakedPasswords } from './leaked-passwords';

// OWASP's setting for argon2id (the library's default algorithm): 19 MiB, 2 passes, 1 lane; about 25 ms here.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Shortest password accepted, characters. */
export const shortest = 12;
/** Longest password accepted, characters: long passphrases are fine, but hashing must not be a way to load us. */
export const longest = 128;

const wellKnown = [
  'password',
  'quaywatch',
  'spreader',
  'administrator',
  'welcome',
  'letmein',
  'qwertyuiop',
  '1234567890',
  'correcthorsebatterystaple',
];

/** Says which passwords are not accepted; with a list of leaked ones where the operator has one. */
export class PasswordRules {
  constructor(private readonly leaked?: Pick<LeakedPasswords, 'has'>) {}

  /** Why a password is not accepted, or undefined. Length counts, kinds of character do not (NIST SP 800-63B). */
  async weakness(password: string, personal: readonly string[]): Promise<string | undefined> {
    if ([...password].length < shortest)
      return `Use at least ${shortest} characters. A few words you remember are good.`;
    if ([...password].length > longest) return `Use at most ${longest} characters.`;
    const plain = password.toLowerCase();
    if (new Set(plain).size < 5) return 'Use more different characters.';
    if (await isCommon(password)) return 'This is one of the commonest passwords. Choose another one.';
    let rest = plain;
    for (const word of [...personal.flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u)), ...wellKnown]) {
      if (word.length > 3) rest = rest.replaceAll(word, '');
    }
    if ([...rest].length < shortest / 2)
      return 'Do not build it from your name, your e-mail address or a well-known password.';
    if (await this.leaked?.has(password)) return 'This password was leaked somewhere before. Choose another one.';
    return undefined;
  }
}

/** Hashes passwords and compares them, for those whose turn it is. */
export class Passwords {
  private nobodys: Promise<string> | undefined;

  constructor(
    /** Every call of the others is made in a turn. */
    readonly turns: Turns,
    /** For people who are known: like all other work. */
    private readonly first: HashingThreads,
    /** For everybody else: behind all other work. */
    private readonly rest: HashingThreads,
  ) {}

  /** PHC text of argon2id with a random salt. */
  hash(password: string): Promise<string> {
    return this.first.hash(password.normalize('NFC'), cost);
  }

  /** Whether the password is the hashed one. Takes as long when there is no hash (nobody of that name): no difference to measure. */
  async matches(stored: string | null | undefined, password: string, precedence: boolean): Promise<boolean> {
    const given = password.slice(0, 4 * longest).normalize('NFC');
    this.nobodys ??= this.hash('nobody has this password');
    const right = await (precedence ? this.first : this.rest).verify(stored ?? (await this.nobodys), given);
    return right && stored != null;
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all([this.first.close(), this.rest.close()]);
  }
}
