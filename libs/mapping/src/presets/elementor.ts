import { EMAIL_WORDS, NAME_WORDS, NOT_A_PERSON, personLike, PHONE_WORDS, utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

/** The form's fields as "Advanced Data" sends them: ids may be random, so titles count too. */
const BY_ID = { in: ['fields'], label: ['id'], value: ['value'] };
const BY_TITLE = { in: ['fields'], label: ['title', 'id'], value: ['value'] };
const titled = personLike(BY_TITLE);
/** Without "Advanced Data" the titles themselves are the keys, at the top. */
const flat = personLike({});

/** What Elementor adds to a form without "Advanced Data", in English and Portuguese. */
const META = [
  'form_id',
  'form_name',
  'form',
  'fields',
  'meta',
  'Date',
  'Data',
  'Time',
  'Hora',
  'Page URL',
  'URL da página',
  'User Agent',
  'Agente de usuário',
  'Remote IP',
  'IP remoto',
  'Powered by',
  'Desenvolvido por',
];

/**
 * Elementor Pro forms, with and without "Advanced Data". `form[name]` is the form's name and never the person's. All
 * other answers become custom fields under their title, or their id where they have none.
 */
export const ELEMENTOR: Preset = {
  key: 'elementor',
  label: 'Elementor',
  mapping: {
    fields: [
      {
        target: 'contact.name',
        from: [{ ...BY_ID, like: NAME_WORDS, except: NOT_A_PERSON }, titled.name, flat.name],
      },
      {
        target: 'contact.email',
        from: ['fields[type=email].value', { ...BY_ID, like: EMAIL_WORDS }, titled.email, flat.email],
      },
      {
        target: 'contact.phone',
        from: ['fields[type=tel].value', { ...BY_ID, like: PHONE_WORDS }, titled.phone, flat.phone],
      },
      ...utmRules((parameter) => [
        { ...BY_ID, like: [parameter] },
        { ...BY_TITLE, like: [parameter] },
        { like: [parameter] },
        { query: parameter },
      ]),
    ],
    collect: [
      {
        into: 'contact.customFields',
        in: 'fields',
        label: ['title', 'id'],
        value: ['value'],
        skip: { path: 'type', in: ['step', 'html', 'honeypot', 'recaptcha', 'recaptcha_v3', 'password'] },
      },
      { into: 'contact.customFields', except: META },
    ],
  },
  deliveryId: [],
  authenticity: { kind: 'none' },
  pings: [],
  neverCreates: [],
};
