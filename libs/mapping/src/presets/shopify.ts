import type { DealStatus } from '../mapping/mapped.js';
import { utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

/** https://shopify.dev/docs/api/admin-rest/latest/resources/order (financial_status) */
const FINANCIAL_STATUSES: Record<string, DealStatus | null> = {
  paid: 'WON',
  pending: 'OPEN',
  authorized: 'OPEN',
  partially_paid: 'OPEN',
  partially_refunded: null,
  refunded: 'LOST',
  voided: 'LOST',
};

/** Shopify orders. `name` is the order's number, not a person's name. */
export const SHOPIFY: Preset = {
  key: 'shopify',
  label: 'Shopify',
  mapping: {
    fields: [
      {
        target: 'contact.name',
        from: [
          { concat: ['customer.first_name', 'customer.last_name'] },
          'billing_address.name',
          'shipping_address.name',
        ],
      },
      { target: 'contact.email', from: ['email', 'contact_email', 'customer.email'] },
      {
        target: 'contact.phone',
        from: ['phone', 'customer.phone', 'billing_address.phone', 'shipping_address.phone'],
        transforms: [{ kind: 'phone', countryFrom: ['billing_address.country_code', 'shipping_address.country_code'] }],
      },
      ...utmRules((parameter) => [`note_attributes[name=${parameter}].value`]),
      { target: 'deal.product', from: ['line_items[0].title', 'line_items[0].name'] },
      {
        target: 'deal.value',
        from: ['total_price', 'current_total_price'],
        transforms: [{ kind: 'money', unit: 'decimal', decimalSeparator: '.' }],
      },
      { target: 'deal.currency', from: ['currency'] },
      { target: 'deal.externalId', from: ['id'] },
      {
        target: 'deal.status',
        from: ['financial_status'],
        transforms: [{ kind: 'statusTable', table: FINANCIAL_STATUSES }],
      },
    ],
  },
  deliveryId: [['header:x-shopify-webhook-id']],
  authenticity: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signed: 'raw',
    signature: 'header:x-shopify-hmac-sha256',
    format: 'plain',
    toleranceSeconds: null,
  },
  pings: [],
  neverCreates: [],
};
