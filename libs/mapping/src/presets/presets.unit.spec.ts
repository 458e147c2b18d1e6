import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { applyMapping } from '../mapping/compile-mapping.js';
import { parseMapping } from '../mapping/parse-mapping.js';
import { UTM_FIELDS, type MappedItem } from '../mapping/mapped.js';
import { parsePayload, parseQuery } from '../payload/parse-payload.js';
import { deliveryId } from './delivery-id.js';
import { GENERIC } from './generic.js';
import { classifyDelivery, type Preset } from './preset.js';
import { PRESETS } from './presets.js';

interface Fixture {
  tool: string;
  request: { headers: Record<string, string>; query: Record<string, string>; rawBody: string };
  expected: Record<string, unknown>;
  dedupeKey: string | null;
}

const folder = new URL('../../../testing/fixtures/inbound/', import.meta.url);
const workspace = { timeZone: 'America/Sao_Paulo', country: 'BR', currency: 'BRL' };

const fixtures = readdirSync(folder).map((file) => {
  const fixture: Fixture = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  // A file is called after its tool; payloads of no tool that has a preset are the generic webhook's.
  const preset = PRESETS.find(({ key }) => file.startsWith(key)) ?? GENERIC;
  return { file, fixture, preset };
});

function received(fixture: Fixture) {
  const { headers, rawBody } = fixture.request;
  const search = new URLSearchParams(fixture.request.query).toString();
  const parsed = parsePayload({ contentType: headers['content-type'], rawBody: Buffer.from(rawBody), query: search });
  if (parsed.kind !== 'parsed') throw new Error(`${fixture.tool}: ${JSON.stringify(parsed)}`);
  return { headers, query: parseQuery(search), body: parsed.payload };
}

function mapped(fixture: Fixture, preset: Preset): MappedItem {
  const request = received(fixture);
  const { items } = applyMapping(preset.mapping, request.body, { ...workspace, ...request });
  const [item] = items;
  if (item === undefined) throw new Error('no item');
  return item;
}

/** The item in the words of the fixtures' `expected`. */
function seen({ contact, deal }: MappedItem): Record<string, unknown> {
  const utm = Object.fromEntries(UTM_FIELDS.map((field) => [`utm_${field}`, contact.utm[field]]));
  return {
    name: contact.name,
    email: contact.emails[0],
    phoneE164: contact.phones[0]?.e164,
    tags: contact.tags,
    customFields: contact.customFields,
    ...{ status: deal.status, stage: deal.stage, product: deal.product, value: deal.value, currency: deal.currency },
    externalId: deal.externalId,
    utm,
  };
}

describe('presets map what tools really send', () => {
  it.each(fixtures.filter(({ fixture }) => fixture.expected['outcome'] === undefined))(
    '$file, by its preset',
    ({ fixture, preset }) => {
      const item = mapped(fixture, preset);
      expect(seen(item)).toMatchObject(fixture.expected);
      expect(item.warnings).toEqual([]);
    },
  );

  it('Typeform answers whose refs were generated go by the words of their questions', () => {
    const recorded = fixtures.find(({ preset }) => preset.key === 'typeform');
    if (recorded === undefined) throw new Error('no fixture');
    const { request } = recorded.fixture;
    const refs = /"ref":"(?:nome|email|whatsapp|faturamento)"/g;
    const rawBody = request.rawBody.replaceAll(refs, '"ref":"0a1b2c3d-0000-4000-8000-00000000000a"');
    const item = mapped({ ...recorded.fixture, request: { ...request, rawBody } }, recorded.preset);
    expect(item.contact).toMatchObject({
      name: 'Marina Teste da Silva',
      emails: ['marina.teste@example.com'],
      customFields: { 'Faturamento mensal?': 'Até R$ 10 mil' },
    });
  });

  it('every recorded delivery with an id of its own has one', () => {
    const withoutId = fixtures.filter(
      ({ fixture, preset }) => deliveryId(preset.deliveryId, received(fixture)) === null,
    );
    expect(
      withoutId.map(({ fixture }) => fixture.dedupeKey ?? 'none').filter((key) => !key.startsWith('none')),
    ).toEqual([]);
  });

  it('a ping creates nothing, and no other recorded delivery is one', () => {
    const pings = fixtures.filter(({ fixture, preset }) => classifyDelivery(preset, received(fixture)).kind === 'ping');
    const expected = fixtures.filter(({ fixture }) => String(fixture.expected['outcome']).startsWith('ping'));
    expect(pings.map(({ file }) => file)).toEqual(expected.map(({ file }) => file));
  });

  it.each(PRESETS.map((preset) => ({ key: preset.key, preset })))('$key is a valid mapping', ({ preset }) => {
    const data: unknown = JSON.parse(JSON.stringify(preset.mapping));
    expect(parseMapping(data)).toEqual({ kind: 'mapping', mapping: preset.mapping });
  });
});
