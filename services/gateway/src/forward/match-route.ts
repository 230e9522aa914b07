import type { RouteDefinition } from '@quaywatch/contracts';

/** What a method and path stand for. */
export type RouteMatch =
  | { readonly kind: 'route'; readonly route: RouteDefinition; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'method'; readonly allow: readonly string[] };

/** Finds the operation of a method and path; a literal path wins over one with parameters. Pure. */
export function routeMatcher(routes: readonly RouteDefinition[]): (method: string, path: string) => RouteMatch {
  const patterns = routes
    .map((route) => ({
      route,
      names: [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''),
      pattern: patternOf(route.path),
    }))
    .sort((a, b) => a.names.length - b.names.length);
  return (method, path) => {
    const allow = new Set<string>();
    for (const { route, names, pattern } of patterns) {
      const match = pattern.exec(path);
      if (!match) continue;
      if (route.method === method) {
        const params: Record<string, string> = {};
        for (const [i, name] of names.entries()) {
          const value = decode(match[i + 1] ?? '');
          if (value === undefined) return { kind: 'not_found' };
          params[name] = value;
        }
        return { kind: 'route', route, params };
      }
      allow.add(route.method);
    }
    return allow.size > 0 ? { kind: 'method', allow: [...allow].sort() } : { kind: 'not_found' };
  };
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '([^/]+)')}$`);

function decode(text: string): string | undefined {
  try {
    const value = decodeURIComponent(text);
    // A hidden slash, a dot segment or a control character could mean another path to the service behind us.
    return /[/\\\p{Cc}]|^\.{1,2}$/u.test(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
