import type { DealStatus } from '../mapping/mapped.js';
import { utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

/** https://woocommerce.com/document/managing-orders/order-statuses/ */
const ORDER_STATUSES: Record<string, DealStatus | null> = {
  pending: 'OPEN',
  'on-hold': 'OPEN',
  processing: 'OPEN',
  'checkout-draft': 'OPEN',
  completed: 'WON',
  cancelled: 'LOST',
  refunded: 'LOST',
  failed: 'LOST',
};

/** WooCommerce orders. Saving the webhook sends a form with `webhook_id` alone. */
export const WOOCOMMERCE: Preset = {
  key: 'woocommerce',
  label: 'WooCommerce',
  mapping: {
    fields: [
      {
        target: 'contact.name',
        from: [
          { concat: ['billing.first_name', 'billing.last_name'] },
          { concat: ['shipping.first_name', 'shipping.last_name'] },
        ],
      },
      { target: 'contact.email', from: ['billing.email'] },
      {
        target: 'contact.phone',
        from: ['billing.phone', 'billing.cellphone', 'shipping.phone'],
        transforms: [{ kind: 'phone', countryFrom: ['billing.country'] }],
      },
      ...utmRules((parameter) => [
        `meta_data[key=_${parameter}].value`,
        `meta_data[key=_wc_order_attribution_${parameter}].value`,
      ]),
      { target: 'deal.product', from: ['line_items[0].name'] },
      {
        target: 'deal.value',
        from: ['total'],
        transforms: [{ kind: 'money', unit: 'decimal', decimalSeparator: '.' }],
      },
      { target: 'deal.currency', from: ['currency'] },
      { target: 'deal.externalId', from: ['id'] },
      { target: 'deal.status', from: ['status'], transforms: [{ kind: 'statusTable', table: ORDER_STATUSES }] },
    ],
  },
  deliveryId: [
    ['header:x-wc-webhook-delivery-id'],
    ['body:id', 'header:x-wc-webhook-topic', 'body:status', 'body:date_modified_gmt'],
  ],
  authenticity: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signed: 'raw',
    signature: 'header:x-wc-webhook-signature',
    format: 'plain',
    toleranceSeconds: null,
  },
  pings: [
    [
      { kind: 'present', part: 'body:webhook_id' },
      { kind: 'absent', part: 'body:id' },
    ],
  ],
  neverCreates: [],
};
