import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { routes, type RouteDefinition, type RouteId } from '@quaywatch/contracts';
import { map, type Observable } from 'rxjs';
import { API_ROUTE } from './api';

type Shape = NonNullable<RouteDefinition['xml']>;

/** Answers as XML where the contract has that form and the caller prefers it to JSON. */
export class XmlAnswer implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const id = this.reflector.get<RouteId | undefined>(API_ROUTE, context.getHandler());
    const route: RouteDefinition | undefined = id && routes[id];
    if (!route?.xml || context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const response = http.getResponse<{ type(mime: string): void; vary(name: string): void }>();
    response.vary('Accept');
    const wanted = http.getRequest<{ accepts(types: string[]): string | false }>().accepts(['json', 'xml']);
    const { xml } = route;
    if (wanted !== 'xml') return next.handle();
    return next.handle().pipe(
      map((answer) => {
        response.type('application/xml');
        return toXml(answer, xml);
      }),
    );
  }
}

/**
 * A JSON answer as an XML document: names become elements, items of a list elements of the same name, and the names of
 * `attributes` attributes. Characters that XML 1.0 cannot hold are left out. Pure.
 */
export function toXml(value: unknown, { root, namespace, attributes }: Shape): string {
  const element = (name: string, inner: unknown, extra = ''): string => {
    if (Array.isArray(inner)) return inner.map((item) => element(name, item)).join('');
    if (inner === undefined || inner === null) return '';
    if (typeof inner !== 'object') return `<${name}${extra}>${escaped(inner)}</${name}>`;
    const entries = Object.entries(inner as Record<string, unknown>);
    const own = entries
      .filter(([key]) => attributes.includes(key))
      .map(([key, text]) => ` ${key}="${escaped(text)}"`)
      .join('');
    const children = entries.filter(([key]) => !attributes.includes(key)).map(([key, child]) => element(key, child));
    return `<${name}${extra}${own}>${children.join('')}</${name}>`;
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, value, ` xmlns="${namespace}"`)}\n`;
}

const signs: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const escaped = (value: unknown): string =>
  String(value)
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '',
    )
    .replace(/[&<>"']/g, (sign) => signs[sign] ?? '');
