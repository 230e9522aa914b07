/** Resolves when `condition` holds; rejects with `what` when it does not within `most` ms. For tests only. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  most = 15_000,
): Promise<void> {
  const deadline = Date.now() + most;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${most} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
