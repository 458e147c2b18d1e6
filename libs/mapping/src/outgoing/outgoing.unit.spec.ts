import { describe, expect, it } from '@jest/globals';
import { applyMapping } from '../mapping/compile-mapping.js';
import { GENERIC } from '../presets/generic.js';
import { outgoingCatalogue } from './catalogue.js';
import {
  buildOutgoing,
  defaultOutgoingMapping,
  toQuery,
  validateOutgoingMapping,
  type OutgoingMapping,
} from './outgoing-mapping.js';
import type { Snapshot } from './snapshot.js';

const snapshot: Snapshot = {
  deal: {
    id: 'd1',
    title: null,
    originGroup: 'Produto X',
    origin: 'Compras aprovadas',
    stage: 'Base',
    status: 'LOST',
    lostReason: 'Preço',
    owner: 'vendedor@example.com',
    tags: ['quente', 'webinar'],
    customFields: { plano: 'ouro' },
    value: '297.00',
    currency: 'BRL',
    product: 'Curso',
    externalId: 'HP1',
    createdAt: '2026-11-23T13:00:00.000Z',
    previousStage: null,
    previousStatus: 'OPEN',
  },
  contact: {
    id: 'c1',
    name: 'Marina Teste',
    email: 'marina@example.com',
    phone: '+5511900000001',
    tags: ['lead', 'a b'],
    utm: { source: 'ig' },
    customFields: { 'Faturamento mensal?': 'Até R$ 10 mil' },
  },
};

describe('outgoing fields', () => {
  it('go under the identifiers that receivers already know, tags as one string', () => {
    expect(buildOutgoing(defaultOutgoingMapping(), snapshot)).toMatchObject({
      contact_name: 'Marina Teste',
      contact_email: 'marina@example.com',
      contact_phone: '+5511900000001',
      contact_tags: 'lead, a b',
      contact_utm_source: 'ig',
      contact_utm_medium: '',
      deal_user: 'vendedor@example.com',
      deal_origin_group: 'Produto X',
      deal_origin: 'Compras aprovadas',
      deal_stage: 'Base',
      deal_status: 'LOST',
      deal_lost_status: 'Preço',
      deal_previous_stage: '',
      deal_title: '',
    });
  });

  it('keep the mapping’s order, renamed or removed', () => {
    const mapping: OutgoingMapping = [
      { field: 'deal.stage', identifier: 'etapa' },
      { field: 'contact.email', identifier: 'e-mail' },
    ];
    expect(Object.entries(buildOutgoing(mapping, snapshot))).toEqual([
      ['etapa', 'Base'],
      ['e-mail', 'marina@example.com'],
    ]);
  });

  it('leave out a custom field that is not known, and send one that is', () => {
    const mapping: OutgoingMapping = [
      { field: 'contact.customFields.Faturamento mensal?', identifier: 'faturamento' },
      { field: 'contact.customFields.cpf', identifier: 'cpf' },
      { field: 'contact.customFields.constructor', identifier: 'x' },
      { field: 'deal.customFields.plano', identifier: 'plano' },
    ];
    expect(buildOutgoing(mapping, snapshot)).toEqual({ faturamento: 'Até R$ 10 mil', plano: 'ouro' });
  });

  it('that arrive at a generic webhook map themselves', () => {
    const catalogue = outgoingCatalogue({
      contact: [{ key: 'cpf', label: 'CPF' }],
      deal: [{ key: 'plano', label: 'Plano' }],
    });
    const mapping = catalogue.map(({ key, identifier }) => ({ field: key, identifier }));
    const sent = buildOutgoing(mapping, {
      ...snapshot,
      contact: { ...snapshot.contact, customFields: { cpf: '000' } },
    });
    const { items } = applyMapping(GENERIC.mapping, sent, { timeZone: 'UTC', country: 'BR', currency: 'BRL' });
    expect(items[0]).toMatchObject({
      contact: {
        name: 'Marina Teste',
        emails: ['marina@example.com'],
        phones: [{ e164: '+5511900000001' }],
        tags: ['lead', 'a b'],
        utm: { source: 'ig' },
        customFields: { cpf: '000' },
      },
      deal: {
        stage: 'Base',
        status: 'LOST',
        lostReason: 'Preço',
        owner: 'vendedor@example.com',
        tags: ['quente', 'webinar'],
        value: '297.00',
        customFields: { plano: 'ouro' },
      },
      warnings: [],
    });
  });
});

describe('the field catalogue', () => {
  it('has both groups with labels in both languages, and no identifier twice', () => {
    const fields = outgoingCatalogue({ contact: [{ key: 'cpf', label: 'CPF' }], deal: [] });
    expect(new Set(fields.map(({ identifier }) => identifier)).size).toBe(fields.length);
    expect(fields.find(({ key }) => key === 'deal.owner')).toEqual({
      key: 'deal.owner',
      group: 'deal',
      label: { 'pt-BR': 'Vendedor (e-mail)', en: 'Owner (e-mail)' },
      identifier: 'deal_user',
    });
    expect(fields.find(({ key }) => key === 'contact.customFields.cpf')).toMatchObject({ identifier: 'contact_cpf' });
  });
});

describe('GET', () => {
  it.each([
    ['https://r.example/in', 'https://r.example/in?a=1%202&b=%26%C3%A9'],
    [
      'https://r.example/in?token=x%20y+z&sig=a%2fb',
      'https://r.example/in?token=x%20y+z&sig=a%2fb&a=1%202&b=%26%C3%A9',
    ],
    ['https://r.example/in?a=old&a=older&k', 'https://r.example/in?k&a=1%202&b=%26%C3%A9'],
    ['https://r.example/in?#top?', 'https://r.example/in?a=1%202&b=%26%C3%A9#top?'],
  ])('%s keeps its own parameters as they are written', (url, expected) => {
    expect(toQuery({ a: '1 2', b: '&é' }, url)).toBe(expected);
  });

  it('never throws for text that has no encoding', () => {
    expect(toQuery({ a: '\ud83d' }, 'https://r.example/%')).toBe('https://r.example/%?a=%EF%BF%BD');
  });
});

describe('outgoing mappings from outside', () => {
  it('are read, identifiers trimmed', () => {
    expect(validateOutgoingMapping([{ field: 'contact.name', identifier: ' nome ' }])).toEqual({
      kind: 'mapping',
      mapping: [{ field: 'contact.name', identifier: 'nome' }],
    });
    expect(validateOutgoingMapping(defaultOutgoingMapping()).kind).toBe('mapping');
  });

  it.each<[string, unknown]>([
    ['an unknown field', [{ field: 'contact.shoeSize', identifier: 'x' }]],
    ['an empty identifier', [{ field: 'contact.name', identifier: '  ' }]],
    ['a long identifier', [{ field: 'contact.name', identifier: 'x'.repeat(121) }]],
    ['a control character', [{ field: 'contact.name', identifier: 'a\nb' }]],
    ['__proto__', [{ field: 'contact.name', identifier: '__proto__' }]],
    [
      'an identifier twice',
      [
        { field: 'contact.name', identifier: 'x' },
        { field: 'contact.email', identifier: 'x' },
      ],
    ],
    ['too many', Array.from({ length: 201 }, (_, index) => ({ field: 'contact.name', identifier: `i${index}` }))],
    ['none', []],
    ['no list', { field: 'contact.name' }],
  ])('%s is refused', (_name, data) => {
    expect(validateOutgoingMapping(data)).toMatchObject({ kind: 'invalid', errors: [{}] });
  });
});
