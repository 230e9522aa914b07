/** A pause, ms. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for a condition; throws when it does not come true within `limit` ms. */
export async function until(check: () => boolean | Promise<boolean>, what: string, limit = 60_000): Promise<void> {
  for (const end = Date.now() + limit; !(await check());) {
    if (Date.now() > end) throw new Error(`${what}: not within ${limit / 1000} s`);
    await pause(5);
  }
}
