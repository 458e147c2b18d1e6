import { describe, expect, it } from '@jest/globals';
import { applyMapping } from '../mapping/compile-mapping.js';
import type { MappedItem } from '../mapping/mapped.js';
import { parsePayload, parseQuery } from '../payload/parse-payload.js';
import { ELEMENTOR } from './elementor.js';
import { GENERIC } from './generic.js';
import { HOTMART } from './hotmart.js';
import type { Preset } from './preset.js';
import { STRIPE } from './stripe.js';

const workspace = { timeZone: 'America/Sao_Paulo', country: 'BR', currency: 'BRL' };

function map(preset: Preset, body: unknown, query = ''): MappedItem {
  const rawBody = Buffer.from(body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  const parsed = parsePayload({ contentType: null, rawBody, query });
  if (parsed.kind !== 'parsed') throw new Error(parsed.kind);
  const { items } = applyMapping(preset.mapping, parsed.payload, { ...workspace, query: parseQuery(query) });
  const [item] = items;
  if (item === undefined) throw new Error('no item');
  return item;
}

const marina = { name: 'Marina Teste', emails: ['m@example.com'], phones: [{ e164: '+5511900000001' }] };

describe('the generic webhook', () => {
  it.each([
    ['Portuguese', { Nome: 'Marina Teste', 'E-mail': 'm@example.com', WhatsApp: '11 90000-0001' }],
    ['English', { full_name: 'Marina Teste', email: 'm@example.com', phoneNumber: '11900000001' }],
    [
      'first and last name',
      { firstName: 'Marina', last_name: 'Teste', EMAIL: 'm@example.com', celular: '5511900000001' },
    ],
    ['one level down', { lead: { name: 'Marina Teste', email: 'm@example.com', telefone: '11900000001' } }],
    ['JSON in a string', { payload: '{"nome":"Marina Teste","email":"m@example.com","tel":"11900000001"}' }],
  ])('knows what people commonly call the person’s fields: %s', (_name, payload) => {
    expect(map(GENERIC, payload).contact).toMatchObject(marina);
  });

  it('takes the person from a GET, with utm fields', () => {
    const query = 'name=Marina+Teste&email=m%40example.com&phone=11900000001&utm_source=ig';
    expect(map(GENERIC, null, query).contact).toMatchObject({ ...marina, utm: { source: 'ig' } });
  });

  it('prefers the identifiers that senders of deals use, and keeps unknown contact_ and deal_ fields', () => {
    const item = map(GENERIC, {
      contact_name: 'Marina Teste',
      name: 'Other',
      contact_email: 'm@example.com',
      contact_phone: '11900000001',
      contact_tags: 'lead, webinar',
      contact_cpf: '000',
      deal_stage: 'Base',
      deal_origin: 'Elsewhere',
      deal_plan: 'gold',
    });
    expect(item.contact).toMatchObject({ ...marina, tags: ['lead', 'webinar'], customFields: { cpf: '000' } });
    expect(item.deal).toMatchObject({ stage: 'Base', customFields: { plan: 'gold' } });
  });
});

describe('Elementor', () => {
  it('without Advanced Data goes by the titles, and never takes the form’s name for the person’s', () => {
    const form = new URLSearchParams({
      'Seu nome': 'Marina Teste',
      'Seu melhor e-mail': 'm@example.com',
      'Seu WhatsApp': '(11) 90000-0001',
      'Nome da empresa': 'Loja',
      utm_source: 'ig',
      form_id: '7ae7988',
      form_name: 'Captura',
      'Remote IP': '203.0.113.7',
    });
    const { contact } = map(ELEMENTOR, form.toString());
    expect(contact).toMatchObject({ ...marina, utm: { source: 'ig' } });
    expect(contact.customFields).toEqual({ 'Nome da empresa': 'Loja' });
  });

  it('with Advanced Data takes the person by id, type and title, and leaves nothing else of the form out', () => {
    const fields = {
      a1: { id: 'a1', type: 'text', title: 'Qual seu nome?', value: 'Marina Teste' },
      a2: { id: 'a2', type: 'email', title: '', value: 'm@example.com' },
      a3: { id: 'whatsapp', type: 'text', title: '', value: '11900000001' },
      a4: { id: 'a4', type: 'text', title: '', value: 'x' },
      a5: { id: 'a5', type: 'password', title: 'Senha', value: 'secret' },
    };
    const { contact } = map(ELEMENTOR, { form: { id: '1', name: 'Captura' }, fields, meta: {} });
    expect(contact).toMatchObject(marina);
    expect(contact.customFields).toEqual({ a4: 'x' });
  });
});

describe('Hotmart', () => {
  it('tests from the panel, without area code and parts of the name, are mapped too', () => {
    const buyer = { name: 'Marina Teste', email: 'm@example.com', checkout_phone: '11900000001' };
    expect(map(HOTMART, { event: 'PURCHASE_REFUNDED', data: { buyer } })).toMatchObject({
      contact: marina,
      deal: { status: 'LOST' },
      warnings: [],
    });
  });
});

describe('Stripe', () => {
  it('a session completed before its payment is open, and one that expired is lost', () => {
    const status = (type: string) => map(STRIPE, { type, data: { object: { payment_status: 'unpaid' } } }).deal.status;
    expect(status('checkout.session.completed')).toBe('OPEN');
    expect(status('checkout.session.expired')).toBe('LOST');
  });
});
