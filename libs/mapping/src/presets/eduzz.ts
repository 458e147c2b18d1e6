import type { DealStatus } from '../mapping/mapped.js';
import { utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

const STATUSES: Record<string, DealStatus | null> = {
  paid: 'WON',
  open: 'OPEN',
  waitingpayment: 'OPEN',
  waiting_payment: 'OPEN',
  expired: 'LOST',
  canceled: 'LOST',
  refused: 'OPEN',
  refunded: 'LOST',
  waitingrefund: null,
  waiting_refund: null,
  chargeback: 'LOST',
  abandonment: 'OPEN',
};

/** Eduzz webhook v3. The buyer pays and is the lead; the student may be someone else. */
export const EDUZZ: Preset = {
  key: 'eduzz',
  label: 'Eduzz',
  mapping: {
    fields: [
      { target: 'contact.name', from: ['data.buyer.name', 'data.student.name'] },
      { target: 'contact.email', from: ['data.buyer.email', 'data.student.email'] },
      // The landline is only second: a mobile identifies a person, and answers on WhatsApp.
      { target: 'contact.phone', from: ['data.buyer.cellphone', 'data.buyer.phone', 'data.buyer.phone2'] },
      ...utmRules((parameter) => [`data.utm.${parameter.replace('utm_', '')}`]),
      { target: 'deal.product', from: ['data.items[isBump=false].name', 'data.items[0].name'] },
      {
        target: 'deal.value',
        from: ['data.paid.value', 'data.price.value'],
        transforms: [{ kind: 'money', unit: 'decimal', decimalSeparator: '.' }],
      },
      { target: 'deal.currency', from: ['data.paid.currency', 'data.price.currency'] },
      { target: 'deal.externalId', from: ['data.id'] },
      { target: 'deal.status', from: ['data.status'], transforms: [{ kind: 'statusTable', table: STATUSES }] },
    ],
  },
  deliveryId: [['body:id']],
  authenticity: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signed: 'raw',
    signature: 'header:x-signature',
    format: 'plain',
    toleranceSeconds: null,
  },
  pings: [[{ kind: 'equals', part: 'body:event', values: ['ping'] }]],
  neverCreates: [],
};
