import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { contextOf } from '../http/request-context.js';
import { forbidden, unauthorized } from '../problems/index.js';
import { allows, type Role } from './caller.js';
import { NEEDED_ROLE, PUBLIC_ROUTE } from './decorators.js';
import type { TokenVerifier } from './token-verifier.js';

/** Global guard of an admin API: a valid bearer token, and a role that allows the route. */
export class TokenGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly verify: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Consumers of Kafka run through the same guards in a hybrid application, and carry no token.
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, targets)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.verify(bearerToken(request.headers.authorization));
    contextOf(request).caller = caller;
    const needed = this.reflector.getAllAndOverride<Role | undefined>(NEEDED_ROLE, targets) ?? defaultRole(request);
    if (!allows(caller.role, needed)) {
      throw forbidden(`This needs the role ${needed}; the token has ${caller.role}.`);
    }
    return true;
  }
}

function defaultRole(request: FastifyRequest): Role {
  return request.method === 'GET' || request.method === 'HEAD' ? 'viewer' : 'editor';
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1; the scheme's case doesn't matter. */
function bearerToken(header: string | undefined): string {
  if (header === undefined) throw unauthorized();
  const match = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header.trim());
  if (match?.[1] === undefined) throw unauthorized('the Authorization header is not a bearer token');
  return match[1];
}
