import type { DealStatus } from '../mapping/mapped.js';
import type { Preset } from './preset.js';

/** https://developers.hotmart.com/docs/en/2.0.0/webhook/about-webhook/ */
const EVENTS: Record<string, DealStatus | null> = {
  PURCHASE_APPROVED: 'WON',
  PURCHASE_COMPLETE: 'WON',
  PURCHASE_BILLET_PRINTED: 'OPEN',
  PURCHASE_DELAYED: 'OPEN',
  PURCHASE_OUT_OF_SHOPPING_CART: 'OPEN',
  PURCHASE_CANCELED: 'LOST',
  PURCHASE_EXPIRED: 'LOST',
  PURCHASE_REFUNDED: 'LOST',
  PURCHASE_CHARGEBACK: 'LOST',
  PURCHASE_PROTEST: null,
  SUBSCRIPTION_CANCELLATION: null,
  SWITCH_PLAN: null,
  UPDATE_SUBSCRIPTION_CHARGE_DATE: null,
  CLUB_FIRST_ACCESS: null,
  CLUB_MODULE_COMPLETED: null,
};

/** Hotmart webhook 2.0. Its tests from the panel leave out the area code and the parts of the name. */
export const HOTMART: Preset = {
  key: 'hotmart',
  label: 'Hotmart',
  mapping: {
    fields: [
      {
        target: 'contact.name',
        from: [
          'data.buyer.name',
          { concat: ['data.buyer.first_name', 'data.buyer.last_name'] },
          'data.subscriber.name',
          'data.user.name',
        ],
      },
      { target: 'contact.email', from: ['data.buyer.email', 'data.subscriber.email', 'data.user.email'] },
      {
        target: 'contact.phone',
        from: [
          { concat: ['data.buyer.checkout_phone_code', 'data.buyer.checkout_phone'], separator: '', requireAll: true },
          'data.buyer.checkout_phone',
          'data.buyer.phone',
          { concat: ['data.subscriber.phone.dddCell', 'data.subscriber.phone.cell'], separator: '', requireAll: true },
          {
            concat: ['data.subscriber.phone.dddPhone', 'data.subscriber.phone.phone'],
            separator: '',
            requireAll: true,
          },
        ],
        transforms: [
          { kind: 'phone', countryFrom: ['data.buyer.address.country_iso', 'data.purchase.checkout_country.iso'] },
        ],
      },
      { target: 'deal.product', from: ['data.product.name'] },
      {
        target: 'deal.value',
        from: ['data.purchase.price.value', 'data.purchase.full_price.value'],
        transforms: [{ kind: 'money', unit: 'decimal', decimalSeparator: '.' }],
      },
      {
        target: 'deal.currency',
        from: ['data.purchase.price.currency_value', 'data.purchase.full_price.currency_value'],
      },
      { target: 'deal.externalId', from: ['data.purchase.transaction', 'data.transaction'] },
      { target: 'deal.status', from: ['event'], transforms: [{ kind: 'statusTable', table: EVENTS }] },
    ],
  },
  deliveryId: [['body:id'], ['body:data.purchase.transaction', 'body:event', 'body:data.purchase.status']],
  authenticity: { kind: 'token', in: ['header:x-hotmart-hottok', 'body:hottok'] },
  pings: [],
  neverCreates: [[{ kind: 'equals', part: 'body:event', values: ['PURCHASE_COMPLETE'] }]],
};
