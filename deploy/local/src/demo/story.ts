/** What the demo sets up and what must come of it: the expectations are as much the demo as the calls are. */

export const GROUP = 'Produto X';
export const ORIGINS = {
  launch: { name: 'Lançamento', stages: ['Novo lead', 'Aplicação', 'Compra'] },
  afterSales: { name: 'Pós-venda', stages: ['Boas-vindas', 'Em acompanhamento'] },
} as const;
export type OriginKey = keyof typeof ORIGINS;
export const TAG = 'Demonstração';
export const OWNER = { name: 'Vendas', email: 'vendedor@example.com' };

export interface InboundPlan {
  name: string;
  preset: string;
  mode: 'create' | 'update' | 'create_or_update';
  origin: OriginKey;
  /** Gives arriving deals the demo's tag. */
  tagged?: boolean;
  stage?: { name: string; when: 'always' | 'on_creation' };
}

export const INBOUND = {
  typeform: { name: 'Pesquisa (Typeform)', preset: 'typeform', mode: 'update', origin: 'afterSales' },
  elementor: {
    name: 'Captura (Elementor)',
    preset: 'elementor',
    mode: 'create_or_update',
    origin: 'launch',
    tagged: true,
    stage: { name: 'Aplicação', when: 'on_creation' },
  },
  generic: { name: 'Webhook genérico', preset: 'generic', mode: 'create_or_update', origin: 'launch' },
  googleForms: { name: 'Formulário (Google)', preset: 'google-forms', mode: 'update', origin: 'launch' },
  hotmart: {
    name: 'Checkout (Hotmart)',
    preset: 'hotmart',
    mode: 'create_or_update',
    origin: 'launch',
    stage: { name: 'Compra', when: 'always' },
  },
  kiwify: {
    name: 'Checkout (Kiwify)',
    preset: 'kiwify',
    mode: 'create',
    origin: 'launch',
    stage: { name: 'Compra', when: 'always' },
  },
  monetizze: { name: 'Checkout (Monetizze)', preset: 'monetizze', mode: 'create_or_update', origin: 'launch' },
  arrivals: { name: 'Vindos do Lançamento', preset: 'generic', mode: 'create_or_update', origin: 'afterSales' },
} as const satisfies Record<string, InboundPlan>;
export type InboundKey = keyof typeof INBOUND;

export interface OutboundPlan {
  name: string;
  trigger: 'DealCreated' | 'StageEntered' | 'StageChanged' | 'StatusChanged';
  origin: OriginKey;
  method: 'GET' | 'POST';
  /** A path of the demo's receiver, or the inbound integration of the other origin. */
  to: `/${string}` | InboundKey;
  statuses?: readonly ('OPEN' | 'WON' | 'LOST')[];
  /** Absent: the default identifiers. Listed: only these, under these names. */
  mapping?: readonly { field: string; identifier: string }[];
}

export const OUTBOUND = {
  crm: {
    name: 'CRM',
    trigger: 'DealCreated',
    origin: 'launch',
    method: 'POST',
    to: '/crm',
    // Two renamed, the others removed.
    mapping: [
      { field: 'contact.name', identifier: 'full_name' },
      { field: 'contact.email', identifier: 'email' },
      { field: 'deal.origin', identifier: 'deal_origin' },
      { field: 'deal.stage', identifier: 'deal_stage' },
      { field: 'deal.status', identifier: 'deal_status' },
    ],
  },
  board: {
    name: 'Quadro',
    trigger: 'StageChanged',
    origin: 'launch',
    method: 'GET',
    to: '/board',
    mapping: [
      { field: 'contact.email', identifier: 'contact_email' },
      { field: 'contact.phone', identifier: 'contact_phone' },
      { field: 'deal.owner', identifier: 'deal_user' },
      { field: 'deal.previousStage', identifier: 'deal_previous_stage' },
      { field: 'deal.stage', identifier: 'deal_stage' },
    ],
  },
  conversion: {
    name: 'Conversões',
    trigger: 'StatusChanged',
    origin: 'launch',
    method: 'GET',
    to: '/conversion',
    statuses: ['WON'],
    mapping: [
      { field: 'contact.email', identifier: 'email' },
      { field: 'deal.value', identifier: 'value' },
      { field: 'deal.currency', identifier: 'currency' },
      { field: 'deal.product', identifier: 'product' },
      { field: 'deal.status', identifier: 'deal_status' },
    ],
  },
  between: {
    name: 'Lançamento → Pós-venda',
    trigger: 'StatusChanged',
    origin: 'launch',
    method: 'POST',
    to: 'arrivals',
    statuses: ['WON'],
    mapping: [
      { field: 'contact.name', identifier: 'contact_name' },
      { field: 'contact.email', identifier: 'contact_email' },
      { field: 'contact.phone', identifier: 'contact_phone' },
      { field: 'deal.product', identifier: 'deal_product' },
      { field: 'deal.status', identifier: 'deal_status' },
    ],
  },
  // Everything, under the default identifiers.
  welcome: { name: 'Boas-vindas', trigger: 'DealCreated', origin: 'afterSales', method: 'POST', to: '/welcome' },
} as const satisfies Record<string, OutboundPlan>;
export type OutboundKey = keyof typeof OUTBOUND;

export interface ExpectedDelivery {
  integration: OutboundKey;
  /** Fields that the receiver must get; it may get more. */
  fields: Readonly<Record<string, string>>;
  /** Of a call into another origin: what must come of it there. */
  onward?: Expected;
}

export interface Expected {
  /** One of these. */
  outcome: readonly ('created' | 'updated' | 'unchanged' | 'ignored' | 'rejected')[];
  reason?: string;
  deal: { origin: OriginKey; stage: string; status: 'OPEN' | 'WON' | 'LOST' } | null;
  /** Events of the deal that must be there, in this order. */
  events: readonly string[];
  deliveries: readonly ExpectedDelivery[];
}

export interface Step {
  /** Name of a recorded payload. */
  fixture: string;
  to: InboundKey;
  /** What it shows, in a few words. */
  shows: string;
  /** Sent before already: the same answer, and nothing happens. */
  repeated?: true;
  expect: Expected;
}

const EMAIL = 'marina.teste@example.com';
const NAME = 'Marina Teste da Silva';
const PHONE = '+5511900000001';

const born = (stage: string): ExpectedDelivery => ({
  integration: 'crm',
  fields: { full_name: NAME, email: EMAIL, deal_origin: 'Lançamento', deal_stage: stage, deal_status: 'OPEN' },
});
const converted: ExpectedDelivery = {
  integration: 'conversion',
  fields: { email: EMAIL, value: '297.00', currency: 'BRL', product: 'Curso Exemplo', deal_status: 'WON' },
};
const moved = (from: string, to: string): ExpectedDelivery => ({
  integration: 'board',
  fields: { contact_email: EMAIL, contact_phone: PHONE, deal_previous_stage: from, deal_stage: to },
});
const handedOver = (onward: Expected): ExpectedDelivery => ({
  integration: 'between',
  fields: { contact_email: EMAIL, contact_phone: PHONE, deal_status: 'WON' },
  onward,
});

export const STEPS: readonly Step[] = [
  {
    fixture: 'typeform-form-response',
    to: 'typeform',
    shows: 'only updates, and nobody is known yet',
    expect: { outcome: ['ignored'], reason: 'no_match', deal: null, events: [], deliveries: [] },
  },
  {
    fixture: 'elementor-advanced-on',
    to: 'elementor',
    shows: 'a form makes contact and deal',
    expect: {
      outcome: ['created'],
      deal: { origin: 'launch', stage: 'Aplicação', status: 'OPEN' },
      events: ['DealCreated', 'StageEntered'],
      deliveries: [born('Aplicação')],
    },
  },
  {
    fixture: 'sender-with-identifiers',
    to: 'generic',
    shows: 'known identifiers map themselves: owner and stage change',
    expect: {
      outcome: ['updated'],
      deal: { origin: 'launch', stage: 'Novo lead', status: 'OPEN' },
      events: ['OwnerChanged', 'StageChanged', 'StageEntered'],
      deliveries: [moved('Aplicação', 'Novo lead')],
    },
  },
  {
    fixture: 'google-forms-apps-script',
    to: 'googleForms',
    shows: 'answers are added to what is known',
    expect: {
      outcome: ['updated'],
      deal: { origin: 'launch', stage: 'Novo lead', status: 'OPEN' },
      events: [],
      deliveries: [],
    },
  },
  {
    fixture: 'hotmart-purchase-approved',
    to: 'hotmart',
    shows: 'a purchase wins the deal, and the next origin begins',
    expect: {
      outcome: ['updated'],
      deal: { origin: 'launch', stage: 'Compra', status: 'WON' },
      events: ['DealUpdated', 'StageChanged', 'StageEntered', 'StatusChanged'],
      deliveries: [
        moved('Novo lead', 'Compra'),
        converted,
        handedOver({
          outcome: ['created'],
          deal: { origin: 'afterSales', stage: 'Boas-vindas', status: 'OPEN' },
          events: ['DealCreated', 'StageEntered'],
          deliveries: [
            {
              integration: 'welcome',
              fields: {
                contact_email: EMAIL,
                deal_origin: 'Pós-venda',
                deal_stage: 'Boas-vindas',
                deal_status: 'OPEN',
              },
            },
          ],
        }),
      ],
    },
  },
  {
    fixture: 'hotmart-purchase-approved',
    to: 'hotmart',
    shows: 'the tool sends it again: applied once',
    repeated: true,
    expect: {
      outcome: ['updated'],
      deal: { origin: 'launch', stage: 'Compra', status: 'WON' },
      events: [],
      deliveries: [],
    },
  },
  {
    fixture: 'kiwify-order-approved',
    to: 'kiwify',
    shows: 'a second purchase, always a new deal',
    expect: {
      outcome: ['created'],
      deal: { origin: 'launch', stage: 'Compra', status: 'WON' },
      events: ['DealCreated', 'StageEntered', 'StatusChanged'],
      deliveries: [
        born('Compra'),
        converted,
        handedOver({
          // The deal of the first purchase is there and OPEN: nothing is left to say, or a field to update.
          outcome: ['unchanged', 'updated'],
          deal: { origin: 'afterSales', stage: 'Boas-vindas', status: 'OPEN' },
          events: [],
          deliveries: [],
        }),
      ],
    },
  },
  {
    fixture: 'monetizze-aprovada',
    to: 'monetizze',
    shows: 'form-encoded brackets; the deal is won already',
    expect: {
      outcome: ['updated'],
      deal: { origin: 'launch', stage: 'Compra', status: 'WON' },
      events: ['DealUpdated'],
      deliveries: [],
    },
  },
];
