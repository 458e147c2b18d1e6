import type { DealStatus } from '../mapping/mapped.js';
import { utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

/** Event types first; where they leave it open (`checkout.session.completed` may await a slow payment) the payment status. */
const STATUSES: Record<string, DealStatus | null> = {
  'checkout.session.async_payment_succeeded': 'WON',
  'checkout.session.async_payment_failed': 'LOST',
  'checkout.session.expired': 'LOST',
  'charge.refunded': 'LOST',
  'invoice.paid': 'WON',
  paid: 'WON',
  no_payment_required: 'WON',
  unpaid: 'OPEN',
};

/** Stripe, above all Checkout. Amounts are in the currency's minor unit. */
export const STRIPE: Preset = {
  key: 'stripe',
  label: 'Stripe',
  mapping: {
    fields: [
      {
        target: 'contact.name',
        from: ['data.object.customer_details.name', 'data.object.billing_details.name', 'data.object.customer_name'],
      },
      {
        target: 'contact.email',
        from: [
          'data.object.customer_details.email',
          'data.object.customer_email',
          'data.object.billing_details.email',
          'data.object.receipt_email',
        ],
      },
      {
        target: 'contact.phone',
        from: ['data.object.customer_details.phone', 'data.object.billing_details.phone', 'data.object.customer_phone'],
        transforms: [
          {
            kind: 'phone',
            countryFrom: [
              'data.object.customer_details.address.country',
              'data.object.billing_details.address.country',
            ],
          },
        ],
      },
      ...utmRules((parameter) => [`data.object.metadata.${parameter}`]),
      { target: 'deal.product', from: ['data.object.metadata.product', 'data.object.description'] },
      {
        target: 'deal.value',
        from: ['data.object.amount_total', 'data.object.amount_paid', 'data.object.amount'],
        transforms: [{ kind: 'money', unit: 'minor' }],
      },
      { target: 'deal.currency', from: ['data.object.currency'] },
      { target: 'deal.externalId', from: ['data.object.id'] },
      {
        target: 'deal.status',
        from: ['type', 'data.object.payment_status'],
        transforms: [{ kind: 'statusTable', table: STATUSES }],
      },
    ],
  },
  deliveryId: [['body:id']],
  authenticity: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signed: 't.raw',
    signature: 'header:stripe-signature',
    format: 'timestamped',
    toleranceSeconds: 300,
  },
  pings: [],
  neverCreates: [[{ kind: 'equals', part: 'body:type', values: ['charge.refunded'] }]],
};
