import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { contextOf } from '../http/request-context.js';
import { unauthorized } from '../problems/index.js';
import type { Caller, Role, WorkspaceId } from './caller.js';

export const PUBLIC_ROUTE = 'ponte:public';
export const NEEDED_ROLE = 'ponte:role';

/** Opens a route (or all of a controller's) to callers without a token. */
export const Public = () => SetMetadata(PUBLIC_ROUTE, true);

/** The role that a route needs, at least. Without it, reading needs viewer and everything else editor. */
export const Roles = (role: Role) => SetMetadata(NEEDED_ROLE, role);

/** The workspace of the caller's token, which every query of an admin API is bound to. */
export const CurrentWorkspace = createParamDecorator(
  (_: unknown, context: ExecutionContext): WorkspaceId => callerIn(context).workspaceId,
);

/** Who calls: workspace, role and subject. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => callerIn(context));

function callerIn(context: ExecutionContext): Caller {
  const { caller } = contextOf(context.switchToHttp().getRequest<FastifyRequest>());
  // A public route has no caller: asking for one there is answered like a missing token rather than by a crash.
  if (!caller) throw unauthorized();
  return caller;
}
