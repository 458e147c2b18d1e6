import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundFixture, Receiver } from '@ponte/testing';
import type { Api } from '../api.js';
import { flatTexts, list, numberOrNull, parseJson, pick, text, textOrNull } from '../answers.js';
import type { DealSeen, DeliverySeen, Journey, Outcome } from './journey.js';
import { isInbound, type Made } from './set-up.js';
import { INBOUND, OUTBOUND, type Expected, type InboundKey, type OutboundKey, type Step } from './story.js';

/** How long what is expected may take to be seen. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 50;
const PAGE = 100;

/** Follows payloads by the APIs. Payloads go one after the other, so what is new since the last one is this one's. */
export class Follower {
  private readonly positions = new Map<string, number>();
  private readonly seenRequests = new Set<string>();
  private readonly outboundById: ReadonlyMap<string, OutboundKey>;

  constructor(
    private readonly api: Api,
    private readonly made: Made,
    private readonly receiver: Receiver,
  ) {
    this.outboundById = new Map(outboundKeys().map((key) => [made.outbound[key].id, key]));
  }

  /** Posts a recorded payload as its tool does and watches until what is expected was seen, or patience is over. */
  async follow(step: Step, fixture: InboundFixture): Promise<Journey> {
    const answer = await this.send(fixture, this.made.inbound[step.to].url);
    if (answer.requestId !== null) this.seenRequests.add(answer.requestId);
    return this.watch(step.to, answer.requestId, answer, step.expect);
  }

  private async send(fixture: InboundFixture, url: string): Promise<NonNullable<Journey['answer']>> {
    const target = new URL(url);
    for (const [name, value] of Object.entries(fixture.request.query)) target.searchParams.set(name, value);
    const began = performance.now();
    const answer = await fetch(target, {
      method: fixture.request.method,
      headers: fixture.request.headers,
      body: fixture.request.rawBody,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const body = parseJson(await answer.text());
    return {
      status: answer.status,
      milliseconds: Math.round(performance.now() - began),
      requestId: textOrNull(body, 'requestId'),
      duplicate: pick(body, 'duplicate') === true,
    };
  }

  private async watch(
    to: InboundKey,
    requestId: string | null,
    answer: Journey['answer'],
    expected: Expected,
  ): Promise<Journey> {
    const outcome = requestId === null ? null : await this.outcomeOf(requestId);
    const dealId = outcome?.dealId ?? null;
    if (dealId === null) return { to, answer, requestId, outcome, deal: null, events: [], deliveries: [] };
    const events = await this.newEvents(dealId);
    const deliveries = await this.deliveriesOf(dealId, new Set(events.map(({ id }) => id)), expected);
    const deal = await this.deal(dealId);
    return { to, answer, requestId, outcome, deal, events: events.map(({ type }) => type), deliveries };
  }

  /** The outcome comes back to ingress as an event: a moment after the answer. */
  private outcomeOf(requestId: string): Promise<Outcome | null> {
    return until(async () => {
      const request = await this.api.get('ingress', `/v1/inbound-requests/${requestId}`);
      const item = list(request, 'items')[0];
      const outcome = textOrNull(item, 'outcome');
      if (outcome === null) return null;
      const warnings = pick(item, 'warnings');
      return {
        outcome,
        reason: textOrNull(item, 'reason'),
        matchedBy: textOrNull(item, 'matchedBy'),
        warnings: Array.isArray(warnings) ? warnings.length : 0,
        dealId: textOrNull(item, 'dealId'),
      };
    });
  }

  private async deal(id: string): Promise<DealSeen> {
    const deal = await this.api.get('deals', `/v1/deals/${id}`);
    return {
      id,
      originGroup: text(deal, 'originGroup.name'),
      origin: text(deal, 'origin.name'),
      stage: text(deal, 'stage.name'),
      status: text(deal, 'status'),
    };
  }

  /** The deal's events since the last look, oldest first. */
  private async newEvents(dealId: string): Promise<{ id: string; type: string }[]> {
    const seen = this.positions.get(dealId) ?? 0;
    const page = await this.api.get('deals', `/v1/deals/${dealId}/events?limit=${String(PAGE)}`);
    const events = list(page, 'items')
      .map((item) => ({ id: text(item, 'id'), type: shortType(text(item, 'type')), position: position(item) }))
      .filter((event) => event.position > seen)
      .sort((a, b) => a.position - b.position);
    this.positions.set(dealId, events.at(-1)?.position ?? seen);
    return events;
  }

  private async deliveriesOf(
    dealId: string,
    eventIds: ReadonlySet<string>,
    expected: Expected,
  ): Promise<DeliverySeen[]> {
    const wanted = expected.deliveries.map(({ integration }) => integration);
    const read = async (): Promise<DeliveryRow[]> => this.rowsOf(dealId, eventIds);
    const settled = await until(async () => {
      const rows = await read();
      const done = rows.filter((row) => row.status === 'succeeded').map((row) => row.integration);
      return wanted.every((integration) => done.includes(integration)) ? rows : null;
    });
    const rows = settled ?? (await read());
    const seen: DeliverySeen[] = [];
    for (const row of rows) seen.push(await this.lookAt(row, expected));
    return seen;
  }

  private async rowsOf(dealId: string, eventIds: ReadonlySet<string>): Promise<DeliveryRow[]> {
    const page = await this.api.get('dispatcher', `/v1/deliveries?dealId=${dealId}&limit=${String(PAGE)}`);
    return list(page, 'items')
      .flatMap((item) => {
        const integration = this.outboundById.get(text(item, 'integrationId'));
        if (integration === undefined || !eventIds.has(text(item, 'eventId'))) return [];
        return [
          {
            id: text(item, 'id'),
            integration,
            trigger: text(item, 'trigger'),
            status: text(item, 'status'),
            reason: textOrNull(item, 'reason'),
            attempts: numberOrNull(item, 'attempts') ?? 0,
          },
        ];
      })
      .sort((a, b) => order(a.integration) - order(b.integration));
  }

  private async lookAt(row: DeliveryRow, expected: Expected): Promise<DeliverySeen> {
    const { to } = OUTBOUND[row.integration];
    if (!isInbound(to)) return { ...row, received: this.receivedAs(row.id), onward: null };
    const onwardExpected = expected.deliveries.find(({ integration }) => integration === row.integration)?.onward;
    const sent = await this.api.get('dispatcher', `/v1/deliveries/${row.id}`);
    const body = textOrNull(sent, 'request.body');
    const fields = flatTexts(body === null ? pick(sent, 'request.body') : parseJson(body));
    const received = { method: text(sent, 'request.method'), target: INBOUND[to].name, fields, times: 1 };
    const requestId = row.status === 'succeeded' ? await this.newRequestOf(to) : null;
    if (requestId === null || onwardExpected === undefined) return { ...row, received, onward: null };
    return { ...row, received, onward: await this.watch(to, requestId, null, onwardExpected) };
  }

  private receivedAs(deliveryId: string): DeliverySeen['received'] {
    const calls = this.receiver.calls().filter((call) => call.headers['webhook-id'] === deliveryId);
    const call = calls[0];
    if (call === undefined) return null;
    const fields = call.method === 'GET' ? call.query : flatTexts(parseJson(call.body));
    return { method: call.method, target: call.path, fields, times: calls.length };
  }

  /** The request that came in there since the last look. */
  private newRequestOf(to: InboundKey): Promise<string | null> {
    return until(async () => {
      const page = await this.api.get(
        'ingress',
        `/v1/inbound-requests?integrationId=${this.made.inbound[to].id}&limit=10`,
      );
      const fresh = list(page, 'items')
        .map((item) => text(item, 'id'))
        .find((id) => !this.seenRequests.has(id));
      if (fresh === undefined) return null;
      this.seenRequests.add(fresh);
      return fresh;
    });
  }
}

interface DeliveryRow {
  id: string;
  integration: OutboundKey;
  trigger: string;
  status: string;
  reason: string | null;
  attempts: number;
}

/** Asks again until there is an answer; null when patience is over. */
async function until<T>(ask: () => Promise<T | null>): Promise<T | null> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await ask();
    if (found !== null || Date.now() > deadline) return found;
    await sleep(PAUSE_MS);
  }
}

function outboundKeys(): OutboundKey[] {
  const isKey = (key: string): key is OutboundKey => Object.hasOwn(OUTBOUND, key);
  return Object.keys(OUTBOUND).filter(isKey);
}

function order(key: OutboundKey): number {
  return outboundKeys().indexOf(key);
}

/** `ponte.DealCreated.v1` → `DealCreated` */
function shortType(type: string): string {
  return type.replace(/^ponte\./, '').replace(/\.v\d+$/, '');
}

function position(item: unknown): number {
  const value = pick(item, 'position');
  const found = typeof value === 'string' ? Number(value) : value;
  if (typeof found === 'number' && Number.isFinite(found)) return found;
  throw new Error('An event of the deals API has no position.');
}
