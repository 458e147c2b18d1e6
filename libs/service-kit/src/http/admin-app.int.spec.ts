import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Module, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { ArrayMinSize, IsIn, IsOptional, IsString, MaxLength, MinLength, ValidateNested } from 'class-validator';
import { randomUUID } from 'node:crypto';
import { CurrentCaller, CurrentWorkspace, issueToken, Public, Roles, createTokenVerifier } from '../auth/index.js';
import type { Caller, WorkspaceId } from '../auth/index.js';
import { listenAdmin, Shutdown } from '../boot/index.js';
import { DatabaseUnavailable } from '../database/index.js';
import { HealthRegistry } from '../health/index.js';
import { createLogger } from '../log/index.js';
import { createMetrics } from '../metrics/index.js';
import { PageQuery } from '../paging/index.js';
import { conflict, notFound } from '../problems/index.js';
import { Secret } from '../secrets/index.js';
import { currentTraceparent } from '../tracing/index.js';
import { createAdminApp } from './admin-app.js';

class StageBody {
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  name = '';
}

class OriginBody {
  @IsString()
  @MinLength(1)
  name = '';

  @IsOptional()
  @IsIn(['OPEN', 'WON'])
  status?: 'OPEN' | 'WON';

  @ValidateNested({ each: true })
  @ArrayMinSize(1)
  @Type(() => StageBody)
  stages: StageBody[] = [];
}

@Controller('v1/things')
class ThingsController {
  @Get()
  list(@CurrentWorkspace() workspaceId: WorkspaceId, @Query() query: PageQuery) {
    return { workspaceId, limit: query.limit, cursor: query.cursor ?? null };
  }

  @Get('me')
  me(@CurrentCaller() caller: Caller) {
    return caller;
  }

  @Get('trace')
  async trace() {
    await sleep(1);
    return { traceparent: currentTraceparent() };
  }

  @Post()
  create(@Body() body: OriginBody) {
    return { ...body, traceparent: currentTraceparent() };
  }

  @Post('again')
  again() {
    return { again: true };
  }

  @Public()
  @Get('open')
  open() {
    return { open: true };
  }

  @Roles('admin')
  @Get('operations')
  operations() {
    return {};
  }

  @Get('slow')
  async slow() {
    await sleep(400);
    return { slow: true };
  }

  @Get('fails/:how')
  fails(@Param('how') how: string) {
    if (how === 'infrastructure') throw new DatabaseUnavailable('lost', 'host 10.0.0.1 is gone', 'unknown');
    if (how === 'not-found') throw notFound('thing');
    if (how === 'conflict') throw conflict('stage_in_use', 'The stage still has deals.');
    throw new Error('password of the database is hunter2');
  }

  @Get(':id')
  get(@Param('id', ParseUUIDPipe) id: string) {
    return { id };
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

const SECRET = 'a-secret-for-these-tests-0123456789';
const WORKSPACE = randomUUID();
const lines: string[] = [];

async function startApp(health = new HealthRegistry()) {
  const log = createLogger({ name: 'things', level: 'info', stream: { write: (line) => void lines.push(line) } });
  const metrics = createMetrics('things');
  const tokens = createTokenVerifier({ kind: 'secret', secret: new Secret(SECRET) });
  const app = await createAdminApp(ThingsModule, { name: 'things', version: '1.2.3', log, metrics, health, tokens });
  const shutdown = new Shutdown(log, 5_000);
  const port = await listenAdmin(app, { port: 0, host: '127.0.0.1', health, shutdown });
  return { app, shutdown, health, base: `http://127.0.0.1:${String(port)}` };
}

function lastRequestLine(): Record<string, unknown> {
  const parsed = lines.map((line): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>);
  return parsed.findLast((line) => line['message'] === 'request') ?? {};
}

describe('the admin application', () => {
  let app: NestFastifyApplication;
  let base: string;
  let viewer: string;
  let editor: string;

  beforeAll(async () => {
    ({ app, base } = await startApp());
    viewer = await issueToken(SECRET, { workspaceId: WORKSPACE, roles: ['viewer'], subject: 'ana' });
    editor = await issueToken(SECRET, { workspaceId: WORKSPACE, roles: ['viewer', 'editor'] });
  });

  afterAll(() => app.close());

  const get = (path: string, token?: string, headers: Record<string, string> = {}) =>
    fetch(`${base}${path}`, { headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) } });
  const post = (path: string, body: string, token: string, contentType = 'application/json') =>
    fetch(`${base}${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': contentType, authorization: `Bearer ${token}` },
    });
  const json = async (response: Response): Promise<Record<string, unknown>> =>
    (await response.json()) as Record<string, unknown>;

  it('answers 401 with a challenge and problem+json when no token is sent', async () => {
    const response = await get('/v1/things');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await json(response)).toMatchObject({ code: 'unauthorized', status: 401, title: 'Unauthorized' });
  });

  it('binds a request to the workspace of its token', async () => {
    const response = await get('/v1/things?limit=7', viewer);
    expect(response.status).toBe(200);
    expect(await json(response)).toEqual({ workspaceId: WORKSPACE, limit: 7, cursor: null });
    expect(await json(await get('/v1/things/me', viewer))).toEqual({
      workspaceId: WORKSPACE,
      role: 'viewer',
      subject: 'ana',
    });
  });

  it('lets a viewer read, an editor write, and only an admin operate', async () => {
    expect((await post('/v1/things', '{}', viewer)).status).toBe(403);
    expect((await post('/v1/things', '{"name":"x","stages":[{"name":"y"}]}', editor)).status).toBe(201);
    const refused = await get('/v1/things/operations', editor);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('insufficient_scope');
    const admin = await issueToken(SECRET, { workspaceId: WORKSPACE, roles: ['admin'] });
    expect((await get('/v1/things/operations', admin)).status).toBe(200);
  });

  it('opens public routes, health and metrics to callers without a token', async () => {
    for (const path of ['/v1/things/open', '/health/live', '/health/ready', '/health/status', '/metrics']) {
      expect((await get(path)).status).toBe(200);
    }
  });

  it('lists every wrong field of a body, nested ones by their path', async () => {
    const response = await post('/v1/things', '{"name":"","status":"X","stages":[{"name":""}],"more":1}', editor);
    expect(response.status).toBe(400);
    const problem = await json(response);
    expect(problem['code']).toBe('invalid');
    const fields = (problem['errors'] as { field: string }[]).map((error) => error.field);
    expect(fields.sort()).toEqual(['more', 'name', 'stages.0.name', 'status']);
  });

  it.each([
    ['a body that is not JSON', '{"name":', 'application/json', 400, 'invalid'],
    ['an empty JSON body', '', 'application/json', 400, 'invalid'],
    ['a type that it does not take', 'a,b', 'text/csv', 415, 'unsupported_media_type'],
    ['a form', 'name=x', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['a body that is too large', JSON.stringify({ name: 'x'.repeat(1_100_000) }), 'application/json', 413, 'too_large'],
  ])('answers %s with problem+json', async (_, body, contentType, status, code) => {
    const response = await post('/v1/things', body, editor, contentType);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect((await json(response))['code']).toBe(code);
  });

  it('takes a request without a body, whatever type it names', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
      expect((await post('/v1/things/again', '', editor, type)).status).toBe(201);
    }
  });

  it('answers unknown routes and malformed ids with problem+json', async () => {
    const unknown = await get('/v1/nothing', viewer);
    expect([unknown.status, (await json(unknown))['code']]).toEqual([404, 'not_found']);
    const malformed = await get('/v1/things/not-a-uuid', viewer);
    expect([malformed.status, (await json(malformed))['code']]).toEqual([400, 'invalid']);
    const url = await get('/v1/%zz', viewer);
    expect([url.status, (await json(url))['code']]).toEqual([400, 'invalid']);
  });

  it('answers 503 with Retry-After when the surroundings fail, without saying which host', async () => {
    const response = await get('/v1/things/fails/infrastructure', viewer);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.text()).not.toContain('10.0.0.1');
  });

  it('answers 500 without internals, with an id that is in the log beside the error', async () => {
    const response = await get('/v1/things/fails/unknown', viewer);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain('hunter2');
    const line = lastRequestLine();
    expect(text).toContain(`urn:uuid:${String(line['requestId'])}`);
    expect(line).toMatchObject({ status: 500, route: '/v1/things/fails/:how', workspaceId: WORKSPACE, level: 'error' });
    expect(line['error']).toMatchObject({ type: 'Error', message: 'password of the database is hunter2' });
  });

  it('passes problems of the domain on with their code', async () => {
    expect(await json(await get('/v1/things/fails/not-found', viewer))).toMatchObject({
      type: 'urn:ponte:problem:not_found',
      detail: 'There is no such thing.',
    });
    const taken = await get('/v1/things/fails/conflict', viewer);
    expect([taken.status, (await json(taken))['code']]).toEqual([409, 'stage_in_use']);
  });

  it('continues the trace of the caller through the handler, the answer and the log', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const response = await get('/v1/things/trace', viewer, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const inside = String((await json(response))['traceparent']);
    expect(inside).toContain(traceId);
    expect(inside).not.toContain('00f067aa0ba902b7');
    expect(response.headers.get('traceparent')).toBe(inside);
    expect(lastRequestLine()['traceId']).toBe(traceId);
  });

  it('keeps the trace of a request whose body was read', async () => {
    const response = await post('/v1/things', '{"name":"x","stages":[{"name":"y"}]}', editor);
    expect((await json(response))['traceparent']).toBe(response.headers.get('traceparent'));
  });

  it('logs one line a request, without its token and query', async () => {
    await get('/v1/things?cursor=someone@example.com', viewer).catch(() => undefined);
    const line = lastRequestLine();
    expect(JSON.stringify(line)).not.toContain(viewer);
    expect(JSON.stringify(line)).not.toContain('example.com');
    expect(line).toMatchObject({ service: 'things', method: 'GET', path: '/v1/things', listener: 'admin' });
  });

  it('measures requests by route template', async () => {
    await get(`/v1/things/${randomUUID()}`, viewer);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(
      /ponte_http_request_duration_seconds_count\{.*route="\/v1\/things\/:id",status="200".*\} 1/,
    );
    expect(metrics).toContain('process_cpu_user_seconds_total');
    expect(metrics).not.toContain('not-a-uuid');
  });

  it('describes its routes and bodies as OpenAPI, by their validation rules', async () => {
    const document = await json(await get('/openapi.json'));
    expect(document).toMatchObject({ info: { title: 'Ponte things', version: '1.2.3' } });
    expect(Object.keys(document['paths'] as object)).toContain('/v1/things/{id}');
    expect(document).toMatchObject({
      components: {
        schemas: {
          OriginBody: {
            required: ['name', 'stages'],
            properties: {
              name: { type: 'string', minLength: 1 },
              status: { type: 'string', enum: ['OPEN', 'WON'] },
              stages: { type: 'array', items: { $ref: '#/components/schemas/StageBody' } },
            },
          },
          StageBody: { properties: { name: { type: 'string', maxLength: 100 } } },
        },
      },
    });
  });
});

describe('readiness and status', () => {
  it('tells not ready from degraded, and turns a failing check into a reason', async () => {
    const { app, base, health } = await startApp();
    health.addStatus('consumers', () => ({
      status: 'degraded',
      reason: 'partition 3 stopped: gap',
      details: { lag: 7 },
    }));
    expect((await fetch(`${base}/health/ready`)).status).toBe(200);
    expect(await (await fetch(`${base}/health/status`)).json()).toEqual({
      status: 'degraded',
      parts: { consumers: { status: 'degraded', reason: 'partition 3 stopped: gap', details: { lag: 7 } } },
    });
    expect(await (await fetch(`${base}/metrics`)).text()).toMatch(/ponte_status_degraded\{part="consumers".*\} 1/);
    health.addReadiness('database', () => Promise.reject(new Error('no connection')));
    const ready = await fetch(`${base}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({
      status: 'unavailable',
      checks: [{ name: 'database', ready: false, reason: 'no connection' }],
    });
    await app.close();
  });
});

describe('shutting down', () => {
  it('answers the request in flight, then refuses new ones', async () => {
    const { base, shutdown, health } = await startApp();
    const viewer = await issueToken(SECRET, { workspaceId: WORKSPACE, roles: ['viewer'] });
    const inFlight = fetch(`${base}/v1/things/slow`, { headers: { authorization: `Bearer ${viewer}` } });
    await sleep(100);
    const ending = shutdown.run();
    const response = await inFlight;
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ slow: true });
    expect(await ending).toEqual({ kind: 'clean' });
    expect((await health.readiness()).ready).toBe(false);
    await expect(fetch(`${base}/health/live`)).rejects.toThrow();
  });
});
