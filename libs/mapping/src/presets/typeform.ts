import type { Titles } from '../mapping/mapping.js';
import { personLike, utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

/** An answer's value stands under a key that depends on its type. https://www.typeform.com/developers/webhooks/example-payload/ */
const ANSWER_VALUES = [
  'text',
  'email',
  'phone_number',
  'choice.label',
  'choice.other',
  'choices.labels',
  'number',
  'boolean',
  'date',
  'url',
  'file_url',
  'payment.amount',
];
/** The questions' own words, for refs that their makers left as Typeform generated them. */
const TITLES: Titles = { in: '$.form_response.definition.fields', id: 'id', title: 'title', of: 'field.id' };
/** Answers by their field, never by index: skipped questions shift indexes. */
const BY_REF = { in: ['form_response.answers'], label: ['field.ref'], value: ANSWER_VALUES };
const BY_TITLE = { in: ['form_response.answers'], value: ANSWER_VALUES, titles: TITLES };
const named = personLike(BY_REF);
const titled = personLike(BY_TITLE);

export const TYPEFORM: Preset = {
  key: 'typeform',
  label: 'Typeform',
  mapping: {
    fields: [
      { target: 'contact.name', from: [named.name, titled.name, 'form_response.hidden.name'] },
      {
        target: 'contact.email',
        from: ['form_response.answers[type=email].email', named.email, titled.email, 'form_response.hidden.email'],
      },
      {
        target: 'contact.phone',
        from: [
          'form_response.answers[type=phone_number].phone_number',
          named.phone,
          titled.phone,
          'form_response.hidden.phone',
        ],
      },
      ...utmRules((parameter) => [`form_response.hidden.${parameter}`]),
    ],
    collect: [
      {
        into: 'contact.customFields',
        in: 'form_response.answers',
        label: ['field.ref'],
        value: ANSWER_VALUES,
        titles: TITLES,
      },
    ],
  },
  deliveryId: [['body:event_id'], ['body:form_response.token', 'body:event_type']],
  authenticity: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signed: 'raw',
    signature: 'header:typeform-signature',
    format: 'prefixed',
    toleranceSeconds: null,
  },
  pings: [],
  neverCreates: [],
};
