import { describe, expect, it } from '@jest/globals';
import picocolors from 'picocolors';
import { inboundFixture } from '@ponte/testing';
import { callsMissing, countDeliveries, missingOf } from './check.js';
import type { DeliverySeen, Journey } from './journey.js';
import { renderJourney, renderVerdict } from './render.js';
import { INBOUND, ORIGINS, OUTBOUND, STEPS, type Expected, type Step } from './story.js';

const plain = picocolors.createColors(false);

/** A journey in which all is seen that a step expects. */
function asExpected(step: Step): Journey {
  const answer = { status: 200, milliseconds: 7, requestId: 'r1', duplicate: step.repeated ?? false };
  return { ...journeyOf(step.to, step.expect), answer, requestId: 'r1' };
}

function journeyOf(to: Journey['to'], expect: Expected): Journey {
  const deal = expect.deal && {
    id: 'd1',
    originGroup: 'Produto X',
    origin: ORIGINS[expect.deal.origin].name,
    stage: expect.deal.stage,
    status: expect.deal.status,
  };
  const outcome = {
    outcome: expect.outcome[0] ?? 'created',
    reason: expect.reason ?? null,
    matchedBy: 'email_and_phone',
    warnings: 0,
    dealId: deal?.id ?? null,
  };
  const deliveries = expect.deliveries.map(({ integration, fields, onward }): DeliverySeen => {
    const { trigger, method, to: target } = OUTBOUND[integration];
    const received = { method, target, fields: { ...fields }, times: 1 };
    const further = onward === undefined ? null : journeyOf('arrivals', onward);
    return { id: 'x', integration, trigger, status: 'succeeded', reason: null, attempts: 1, received, onward: further };
  });
  return { to, answer: null, requestId: 'r', outcome, deal, events: expect.events, deliveries };
}

function stepOf(fixture: string): Step {
  const step = STEPS.find((each) => each.fixture === fixture);
  if (step === undefined) throw new Error(fixture);
  return step;
}

describe('the demo’s story', () => {
  it('posts at least six recorded payloads of different tools, JSON and form-encoded', () => {
    const fixtures = STEPS.map((step) => inboundFixture(step.fixture));
    expect(new Set(fixtures.map(({ tool }) => tool)).size).toBeGreaterThanOrEqual(6);
    const types = fixtures.map(({ request }) => request.headers['content-type'] ?? '');
    expect(types.filter((type) => type.includes('form-urlencoded')).length).toBeGreaterThanOrEqual(2);
    expect(types.filter((type) => type.includes('json')).length).toBeGreaterThanOrEqual(4);
  });

  it('has a checkout, a form and the generic webhook, and sends by POST, by GET and between the origins', () => {
    const presets = Object.values(INBOUND).map(({ preset }) => preset);
    expect(presets).toEqual(expect.arrayContaining(['hotmart', 'kiwify', 'elementor', 'generic']));
    const outbound = Object.values(OUTBOUND);
    expect(outbound.map(({ method }) => method)).toEqual(expect.arrayContaining(['GET', 'POST']));
    expect(outbound.some(({ to }) => to === 'arrivals')).toBe(true);
  });
});

describe('the demo’s check', () => {
  it.each(STEPS.map((step, n) => [n + 1, step] as const))('is content with step %i as expected', (_n, step) => {
    expect(missingOf(step, asExpected(step))).toEqual([]);
  });

  const hotmart = stepOf('hotmart-purchase-approved');

  it('names an outcome, a deal and an event that were not seen', () => {
    const journey = asExpected(hotmart);
    const outcome = journey.outcome && { ...journey.outcome, outcome: 'rejected', reason: 'no_identity' };
    const missing = missingOf(hotmart, { ...journey, outcome, deal: null, events: ['StageChanged'] });
    expect(missing).toEqual([
      'the outcome updated: it was rejected (no_identity)',
      'the deal Lançamento / Compra / WON',
      'the events DealUpdated, StageChanged, StageEntered, StatusChanged: there were StageChanged',
    ]);
  });

  it('names a delivery that is missing, failed, doubled, or carried something else', () => {
    const journey = asExpected(hotmart);
    const [board, conversion, between] = journey.deliveries;
    if (!board?.received || !conversion?.received || !between) throw new Error('the story changed');
    const deliveries = [
      { ...board, status: 'failed', reason: 'gone' },
      {
        ...conversion,
        received: { ...conversion.received, times: 2, fields: { ...conversion.received.fields, value: '1' } },
      },
      { ...between, onward: null },
    ];
    expect(missingOf(hotmart, { ...journey, deliveries })).toEqual([
      '"Quadro" delivered: it is failed (gone)',
      'value=297.00 from "Conversões": it was 1',
      'one call of "Conversões": the receiver got 2',
      'what "Lançamento → Pós-venda" begins in the other origin',
    ]);
    expect(missingOf(hotmart, { ...journey, deliveries: [board, conversion] })).toEqual([
      'a delivery by "Lançamento → Pós-venda"',
    ]);
  });

  it('counts the calls at the receiver, those between origins apart', () => {
    const total = STEPS.reduce((sum, step) => sum + countDeliveries(asExpected(step)), 0);
    const between = 2;
    expect(callsMissing(STEPS, total - between)).toEqual([]);
    expect(callsMissing(STEPS, total)).toEqual(['7 calls at the receiver in all: it got 9']);
  });

  it('does not accept a delivery that nobody expects', () => {
    const typeform = stepOf('typeform-form-response');
    const extra = asExpected(hotmart).deliveries.slice(0, 1);
    expect(missingOf(typeform, { ...asExpected(typeform), deliveries: extra })).toEqual([
      'no delivery by "Quadro": there is one',
    ]);
  });
});

describe('the demo’s picture', () => {
  const hotmart = stepOf('hotmart-purchase-approved');
  const heading = { number: 5, tool: 'Hotmart', format: 'JSON', shows: 'a purchase' };

  it('shows a payload’s whole way, aligned, without colour where there is none', () => {
    const picture = renderJourney(heading, asExpected(hotmart), [], plain);
    expect(picture.split('\n').slice(1, 10)).toEqual([
      '✔ 5  Hotmart  JSON · a purchase',
      '    request     200 in 7 ms, accepted  r1  → Checkout (Hotmart)',
      '    outcome     updated, contact matched by email and phone',
      '    deal        Lançamento / Compra · WON · group Produto X',
      '    events      DealUpdated, StageChanged, StageEntered, StatusChanged',
      '    deliveries  Quadro                  StageChanged   ✔ GET  /board',
      '                  contact_email=marina.teste@example.com  contact_phone=+5511900000001  deal_previous_stage=Novo lead',
      '                  deal_stage=Compra',
      '                Conversões              StatusChanged  ✔ GET  /conversion',
    ]);
    expect(picture).not.toContain('\u001b');
    expect(picture).toContain('↪ outcome     created');
  });

  it('shows what is missing beside it, and the verdict repeats it', () => {
    expect(renderJourney(heading, asExpected(hotmart), ['a delivery'], plain)).toMatch(
      /^\n✘ 5[^]*missing {5}a delivery$/,
    );
    const counts = { payloads: 8, deliveries: 9, seconds: 12.34 };
    expect(renderVerdict(counts, ['5 Hotmart: a delivery'], plain)).toBe(
      '✘ Not all was seen (8 payloads, 9 deliveries, 12.3 s). Missing:\n    5 Hotmart: a delivery',
    );
    expect(renderVerdict(counts, [], plain)).toMatch(/^✔ Every expected outcome and delivery was seen/);
  });
});
