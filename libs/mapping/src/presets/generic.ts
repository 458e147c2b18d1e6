import type { FieldRule } from '../mapping/mapping.js';
import { EMAIL_WORDS, NAME_WORDS, PHONE_WORDS, utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

/** Where tools without a preset put the person: at the top, or one level down. */
const PLACES = [
  '',
  'contact',
  'contato',
  'lead',
  'customer',
  'cliente',
  'buyer',
  'comprador',
  'person',
  'data',
  'payload',
  'body',
  'fields',
  'form',
  'answers',
];

const NAME_RULE: FieldRule = {
  target: 'contact.name',
  from: [
    'contact_name',
    { like: NAME_WORDS, in: PLACES },
    {
      concat: [
        { like: ['first name', 'primeiro nome'], in: PLACES },
        { like: ['last name', 'sobrenome'], in: PLACES },
      ],
    },
  ],
};

/**
 * The webhook for everything else. A payload with the identifiers that Ponte sends under (`contact_name`,
 * `deal_stage` …) maps itself; beside them it knows what name, e-mail, phone and utm fields are commonly called.
 * `deal_origin` and `deal_origin_group` say where a deal was; where it goes is the integration's to say.
 */
export const GENERIC: Preset = {
  key: 'generic',
  label: 'Webhook',
  mapping: {
    fields: [
      NAME_RULE,
      { target: 'contact.email', from: ['contact_email', { like: EMAIL_WORDS, in: PLACES }] },
      { target: 'contact.phone', from: ['contact_phone', { like: PHONE_WORDS, in: PLACES }] },
      { target: 'contact.tags', from: ['contact_tags', 'tags'] },
      ...utmRules((parameter) => [
        `contact_${parameter}`,
        { like: [parameter], in: [...PLACES, 'utm', 'tracking', 'utms'] },
        { query: parameter },
      ]),
      { target: 'deal.title', from: ['deal_title'] },
      { target: 'deal.value', from: ['deal_value', { like: ['valor', 'value'] }] },
      { target: 'deal.currency', from: ['deal_currency', { like: ['currency', 'moeda'] }] },
      {
        target: 'deal.product',
        from: ['deal_product', { like: ['produto', 'product', 'product name', 'nome do produto'] }],
      },
      {
        target: 'deal.externalId',
        from: ['deal_external_id', { like: ['order id', 'transaction id', 'external id'] }],
      },
      { target: 'deal.stage', from: ['deal_stage'] },
      { target: 'deal.status', from: ['deal_status'] },
      { target: 'deal.lostReason', from: ['deal_lost_status'] },
      { target: 'deal.owner', from: ['deal_user'] },
      { target: 'deal.tags', from: ['deal_tags'] },
    ],
    collect: [
      { into: 'contact.customFields', prefix: 'contact_', except: ['contact_id'] },
      {
        into: 'deal.customFields',
        prefix: 'deal_',
        except: [
          'deal_id',
          'deal_created_at',
          'deal_previous_stage',
          'deal_previous_status',
          'deal_origin',
          'deal_origin_group',
        ],
      },
    ],
  },
  deliveryId: [],
  authenticity: { kind: 'none' },
  pings: [],
  neverCreates: [],
};
