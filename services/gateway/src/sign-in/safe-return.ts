/** The path to go back to after signing in: on our own origin only, and never back into the sign-in. Else `/`. */
export function safeReturn(given: unknown, publicUrl: string): string {
  if (typeof given !== 'string' || given.length > 2000 || !given.startsWith('/') || !URL.canParse(given, publicUrl))
    return '/';
  const url = new URL(given, publicUrl);
  if (url.origin !== publicUrl || /^\/(auth|oidc|v1)(\/|$)/i.test(url.pathname)) return '/';
  // After resolving, the path itself must not read as another host (`/.//evil.example`).
  if (url.pathname.startsWith('//')) return '/';
  return url.pathname + url.search + url.hash;
}
