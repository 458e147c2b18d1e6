import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { describeValidatedClasses } from './describe-dtos.js';

/** What the head of the document says. */
export interface OpenApiInfo {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
}

/** `/openapi.json`, made from the controllers when it is first asked for. */
export function addOpenApiRoute(fastify: FastifyInstance, app: NestFastifyApplication, info: OpenApiInfo): void {
  let text: string | undefined;
  fastify.get('/openapi.json', (_request, reply) => {
    text ??= JSON.stringify(openApiDocument(app, info));
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  });
}

/** @returns the OpenAPI document of an application whose controllers are known (after `init` or `listen`). */
export function openApiDocument(app: NestFastifyApplication, info: OpenApiInfo): OpenAPIObject {
  describeValidatedClasses();
  const head = new DocumentBuilder()
    .setTitle(`Ponte ${info.name}`)
    .setDescription(info.description ?? '')
    .setVersion(info.version)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addSecurityRequirements('bearer')
    .build();
  return SwaggerModule.createDocument(app, head);
}
