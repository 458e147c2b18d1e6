import {
  BETWEEN_HEADER,
  ContractViolation,
  InboundReceivedV1,
  MAX_HOPS,
  readBetween,
  writeEvent,
  type BetweenOrigins,
  type Mode,
} from '@ponte/contracts';
import { classifyDelivery, deliveryId, parsePayload, parseQuery, type RequestView } from '@ponte/mapping';
import {
  childOf,
  currentTraceparent,
  isInfrastructureError,
  sqlStateOf,
  type Logger,
  type ProblemParts,
} from '@ponte/service-kit';
import { hashToken } from '../integrations/token.js';
import * as answers from './answers.js';
import type { Answer } from './answers.js';
import { weightOf, type Arrival, type ArrivalContent, type ArrivalResult, type GivenAnswer } from './arrival.js';
import { checkAuthenticity } from './authenticity.js';
import { deliveryIdentity, type DeliveryIdentity } from './delivery-identity.js';
import { headerOf, queryOf, type HookRequest } from './hook-request.js';
import { inboundReceived, inboundReceivedUnmapped, type ReceivedFacts } from './inbound-event.js';
import type { IntegrationCache } from './integration-cache.js';
import { keepHeaders } from './kept-headers.js';
import type { KnownIntegration } from './known-integration.js';
import { Overloaded, WaitedTooLong, type MicroBatcher } from './micro-batcher.js';
import { newRequestId } from './request-id.js';

export interface ReceiverOptions {
  integrations: Pick<IntegrationCache<KnownIntegration>, 'find'>;
  batcher: Pick<MicroBatcher<Arrival, ArrivalResult>, 'add'>;
  /** Bytes that the data of a record may have. */
  maxDataBytes: number;
  betweenOriginsSecret: string;
  /** Path of PUBLIC_URL, which a proxy may have cut off: `` or `/hooks`. */
  publicPath: string;
  log: Logger;
  /** Told of every answer, for metrics. */
  onAnswer?(kind: AnswerKind): void;
}

export type AnswerKind =
  ArrivalResult['kind'] | 'ignored' | 'unknown_token' | 'listening' | 'unavailable' | 'overloaded';

/** Tokens are 32 bytes in base64url; anything else is not worth a lookup. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const RETRY_AFTER_S = 2;
/** What event_log_append raises. */
const RECORD_TOO_LARGE = 'EL002';

/** The way of a request to a hook, from its token to the answer. */
export class Receiver {
  constructor(private readonly options: ReceiverOptions) {}

  /** Answers a POST, GET or HEAD. Resolves only once what is acknowledged is durable; never rejects. */
  receive(request: HookRequest): Promise<Answer> {
    return this.forIntegration(request, (integration) => this.take(integration, request));
  }

  /** Answers a request that the listener could not accept, and lists it in the history where its token is known. */
  refuse(request: HookRequest, problem: ProblemParts): Promise<Answer> {
    return this.forIntegration(request, (integration) => this.list(integration, request, problem));
  }

  private async forIntegration(
    request: HookRequest,
    answer: (integration: KnownIntegration) => Promise<Answer> | Answer,
  ): Promise<Answer> {
    try {
      const found = TOKEN.test(request.token) ? this.options.integrations.find(hashToken(request.token)) : null;
      const integration = found instanceof Promise ? await found : found;
      if (integration === null) return this.unknownToken();
      return await answer(integration);
    } catch (error) {
      return this.failed(error);
    }
  }

  private take(integration: KnownIntegration, request: HookRequest): Promise<Answer> | Answer {
    const query = queryOf(request.url);
    const isProbe = request.method === 'HEAD' || (request.method === 'GET' && query === '');
    if (isProbe) {
      this.options.onAnswer?.('listening');
      return answers.listening;
    }
    const genuine = checkAuthenticity(integration, request);
    if (genuine.kind === 'forged') return this.list(integration, request, answers.notGenuine(genuine.reason));
    const contentType = headerOf(request, 'content-type');
    const parsed = parsePayload({ contentType, rawBody: request.body, query });
    if (parsed.kind === 'unreadable') {
      return this.list(integration, request, answers.unreadable(parsed.reason, parsed.detail));
    }
    const between = this.betweenOrigins(request);
    if (between.kind === 'own' && between.hops > MAX_HOPS)
      return this.listIgnored(integration, request, 'too_many_hops');
    const view: RequestView = {
      headers: request.headers,
      body: parsed.kind === 'empty' ? {} : parsed.payload,
      query: query === '' ? {} : parseQuery(query),
    };
    const delivery = classifyDelivery(integration.preset, view);
    if (delivery.kind === 'ping') return this.listIgnored(integration, request, 'ping');
    // What tells more about a deal and never begins one may update it, whatever the integration does with the others.
    const mode = delivery.mayCreate ? integration.mode : 'update';
    return this.keep(integration, mode, request, view, between);
  }

  private async keep(
    integration: KnownIntegration,
    mode: Mode,
    request: HookRequest,
    view: RequestView,
    between: BetweenOrigins,
  ): Promise<Answer> {
    const requestId = newRequestId(request.receivedAt);
    const delivery = deliveryOf(integration, request, view);
    const facts = { requestId, receivedAt: request.receivedAt, mode, betweenOrigins: between.kind === 'own', delivery };
    const { data, items } = this.mapped(integration, view, facts);
    if (Buffer.byteLength(data) > this.options.maxDataBytes) {
      return this.list(integration, request, answers.recordTooLarge(this.options.maxDataBytes));
    }
    const content: ArrivalContent = {
      kind: 'payload',
      delivery,
      items,
      record: {
        data,
        traceparent: currentTraceparent() ?? childOf(headerOf(request, 'traceparent')),
        hops: between.kind === 'own' ? between.hops : 0,
      },
    };
    const arrival = arrivalOf(integration, request, requestId, { status: 200, code: 'accepted' }, content);
    try {
      return this.answerTo(await this.options.batcher.add(arrival, weightOf(arrival)));
    } catch (error) {
      if (isTransient(error)) throw error;
      if (sqlStateOf(error) === RECORD_TOO_LARGE) {
        return this.list(integration, request, answers.recordTooLarge(this.options.maxDataBytes));
      }
      this.options.log.error({ error, requestId, integrationId: integration.id }, 'a request could not be stored');
      return this.list(integration, withoutTexts(request), answers.unstorable);
    }
  }

  /** Never fails for a payload: what the mapping makes of it is published even where that is nothing. */
  private mapped(integration: KnownIntegration, view: RequestView, facts: ReceivedFacts) {
    try {
      const { headers, query, body } = view;
      const event = inboundReceived(
        integration,
        facts,
        integration.map(body, { ...integration.defaults, headers, query }),
      );
      return { data: writeEvent(InboundReceivedV1, event), items: event.items.length };
    } catch (error) {
      const where = error instanceof ContractViolation ? { violations: error.violations } : { error };
      this.options.log.error(
        { ...where, requestId: facts.requestId, integrationId: integration.id },
        'a mapping failed',
      );
      return { data: writeEvent(InboundReceivedV1, inboundReceivedUnmapped(integration, facts)), items: 1 };
    }
  }

  private betweenOrigins(request: HookRequest): BetweenOrigins {
    const call = {
      header: headerOf(request, BETWEEN_HEADER),
      targets: [request.url, this.options.publicPath + request.url],
      body: request.body,
    };
    return readBetween(call, this.options.betweenOriginsSecret, request.receivedAt);
  }

  /** Takes a request of which nothing is to come, and lists it with the reason. */
  private async listIgnored(integration: KnownIntegration, request: HookRequest, reason: string): Promise<Answer> {
    const id = newRequestId(request.receivedAt);
    const arrival = arrivalOf(integration, request, id, { status: 200, code: reason }, { kind: 'refused' });
    const result = await this.options.batcher.add(arrival, weightOf(arrival));
    if (result.kind !== 'refused') return this.answerTo(result);
    this.options.onAnswer?.('ignored');
    return answers.ignored(id, reason);
  }

  /** Answers with a problem and lists the request. The sender gets the same answer where it could not be listed. */
  private async list(integration: KnownIntegration, request: HookRequest, problem: ProblemParts): Promise<Answer> {
    const id = newRequestId(request.receivedAt);
    const given = { status: problem.status, code: problem.code };
    const arrival = arrivalOf(integration, request, id, given, { kind: 'refused' });
    try {
      await this.options.batcher.add(arrival, weightOf(arrival));
    } catch (error) {
      const ids = { requestId: id, integrationId: integration.id, ...given };
      this.options.log.warn({ error, ...ids }, 'a refused request could not be listed');
    }
    this.options.onAnswer?.('refused');
    return answers.problemAnswer(problem, id);
  }

  private answerTo(result: ArrivalResult): Answer {
    this.options.onAnswer?.(result.kind);
    switch (result.kind) {
      case 'published':
      case 'held':
        return answers.accepted(result.requestId);
      case 'duplicate':
        return answers.duplicate(result.requestId);
      case 'duplicate_differs':
        return answers.ignored(result.requestId, 'duplicate_differs');
      case 'unknown_integration':
        return this.unknownToken();
      case 'refused':
        throw new Error('a payload was written as refused');
    }
  }

  private unknownToken(): Answer {
    this.options.onAnswer?.('unknown_token');
    return answers.problemAnswer(answers.unknownToken, newRequestId(new Date()));
  }

  private failed(error: unknown): Answer {
    const code = error instanceof Overloaded ? 'overloaded' : 'not_durable';
    const occurrence = newRequestId(new Date());
    this.options.onAnswer?.(error instanceof Overloaded ? 'overloaded' : 'unavailable');
    if (!isTransient(error)) this.options.log.error({ error, occurrence }, 'a request could not be received');
    return answers.problemAnswer(answers.unavailable(code, RETRY_AFTER_S), occurrence);
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof Overloaded || error instanceof WaitedTooLong || isInfrastructureError(error);
}

function deliveryOf(integration: KnownIntegration, request: HookRequest, view: RequestView): DeliveryIdentity | null {
  const id = deliveryId(integration.preset.deliveryId, view);
  return id === null ? null : deliveryIdentity(id, request.body.length > 0 ? request.body : queryOf(request.url));
}

function arrivalOf(
  integration: KnownIntegration,
  request: HookRequest,
  id: string,
  answer: GivenAnswer,
  content: ArrivalContent,
): Arrival {
  return {
    id,
    workspaceId: integration.workspaceId,
    integrationId: integration.id,
    partition: integration.partition,
    receivedAt: request.receivedAt,
    method: request.method,
    contentType: headerOf(request, 'content-type'),
    size: request.size,
    headers: JSON.stringify(keepHeaders(request.rawHeaders)),
    query: queryOf(request.url),
    body: request.body,
    answer,
    content,
  };
}

/** What is left for the history of a request whose texts Postgres refuses; bytes are never the culprit. */
function withoutTexts(request: HookRequest): HookRequest {
  return { ...request, url: '', rawHeaders: [], headers: {} };
}
