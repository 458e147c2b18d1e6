import { utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

/** RD Station Marketing. Phones come without a country code; custom fields are `cf_*`, each perhaps a list. */
export const RDSTATION: Preset = {
  key: 'rdstation',
  label: 'RD Station Marketing',
  mapping: {
    fields: [
      { target: 'contact.name', from: ['contact.name'] },
      { target: 'contact.email', from: ['contact.email'] },
      { target: 'contact.phone', from: ['contact.mobile_phone', 'contact.personal_phone'] },
      { target: 'contact.tags', from: ['contact.tags'] },
      ...utmRules((parameter) => [`contact.cf_${parameter}`, `contact.${parameter}`]),
    ],
    collect: [{ into: 'contact.customFields', in: 'contact', prefix: 'cf_' }],
  },
  deliveryId: [
    ['body:contact.uuid', 'body:event_timestamp', 'body:event_identifier'],
    ['body:contact.uuid', 'body:event_type', 'body:event_timestamp'],
  ],
  authenticity: { kind: 'none' },
  pings: [],
  neverCreates: [],
};
