import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { INTERNAL_ROUTE, OPEN_ROUTE } from './api-guard';
import type { InternalCall } from './internal-token';

/** A handler outside the public contract that only the gateway itself may call (token of kind `service`). */
export const Internal = (): MethodDecorator & ClassDecorator => SetMetadata(INTERNAL_ROUTE, true);

/** A handler that needs no token; say why in a comment where it is used. */
export const Open = (): MethodDecorator & ClassDecorator => SetMetadata(OPEN_ROUTE, true);

/** Injects what the internal token said. */
export const TokenCall = createParamDecorator((_: unknown, context: ExecutionContext): InternalCall | undefined => {
  return context.switchToHttp().getRequest<{ internalCall?: InternalCall }>().internalCall;
});
