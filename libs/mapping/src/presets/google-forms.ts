import { personLike, utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

const person = personLike({ in: ['answers'] });

/**
 * Google Forms through an Apps Script, as it has no webhooks of its own. Keys are the questions' titles; check boxes give
 * lists. An edited response keeps its id and gets a new time, so that both name one event.
 */
export const GOOGLE_FORMS: Preset = {
  key: 'google-forms',
  label: 'Google Forms',
  mapping: {
    fields: [
      { target: 'contact.name', from: [person.name] },
      { target: 'contact.email', from: ['respondentEmail', person.email] },
      { target: 'contact.phone', from: [person.phone] },
      ...utmRules((parameter) => [{ like: [parameter], in: ['answers', ''] }, { query: parameter }]),
    ],
    collect: [{ into: 'contact.customFields', in: 'answers' }],
  },
  deliveryId: [['body:responseId', 'body:timestamp'], ['body:responseId']],
  authenticity: { kind: 'none' },
  pings: [],
  neverCreates: [],
};
