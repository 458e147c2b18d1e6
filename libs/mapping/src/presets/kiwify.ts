import type { DealStatus } from '../mapping/mapped.js';
import { utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

/** https://docs.kiwify.com.br/api-reference/webhooks: event types first, then order statuses. */
const STATUSES: Record<string, DealStatus | null> = {
  order_approved: 'WON',
  subscription_renewed: 'WON',
  billet_created: 'OPEN',
  boleto_gerado: 'OPEN',
  pix_created: 'OPEN',
  pix_gerado: 'OPEN',
  abandoned: 'OPEN',
  carrinho_abandonado: 'OPEN',
  order_rejected: 'OPEN',
  compra_recusada: 'OPEN',
  compra_aprovada: 'WON',
  order_refunded: 'LOST',
  compra_reembolsada: 'LOST',
  chargeback: 'LOST',
  subscription_canceled: null,
  subscription_late: null,
  paid: 'WON',
  approved: 'WON',
  waiting_payment: 'OPEN',
  refused: 'OPEN',
  refunded: 'LOST',
  chargedback: 'LOST',
};

/** Kiwify. Amounts are in cents; dates are on clocks in Brazil, without seconds. */
export const KIWIFY: Preset = {
  key: 'kiwify',
  label: 'Kiwify',
  mapping: {
    fields: [
      {
        target: 'contact.name',
        from: ['Customer.full_name', { concat: ['Customer.first_name', 'Customer.last_name'] }, 'name'],
      },
      { target: 'contact.email', from: ['Customer.email', 'email'] },
      { target: 'contact.phone', from: ['Customer.mobile', 'phone'] },
      ...utmRules((parameter) => [`TrackingParameters.${parameter}`]),
      { target: 'deal.product', from: ['Product.product_name', 'product_name'] },
      {
        target: 'deal.value',
        from: ['Commissions.charge_amount', 'Commissions.product_base_price'],
        transforms: [{ kind: 'money', unit: 'minor' }],
      },
      { target: 'deal.currency', from: ['Commissions.currency', 'Commissions.product_base_price_currency'] },
      { target: 'deal.externalId', from: ['order_id', 'id'] },
      {
        target: 'deal.status',
        from: ['webhook_event_type', 'order_status', 'status'],
        transforms: [{ kind: 'statusTable', table: STATUSES }],
      },
    ],
  },
  deliveryId: [
    ['body:order_id', 'body:webhook_event_type', 'body:order_status'],
    ['body:order_id', 'body:webhook_event_type'],
    ['body:order_id', 'body:order_status'],
    ['body:id', 'body:status'],
  ],
  authenticity: {
    kind: 'hmac',
    algorithm: 'sha1',
    encoding: 'hex',
    signed: 'raw',
    signature: 'query:signature',
    format: 'plain',
    toleranceSeconds: null,
  },
  pings: [],
  neverCreates: [],
};
