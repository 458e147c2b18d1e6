import { personLike, utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

const QUESTIONS = { in: ['payload.questions_and_answers'], label: ['question'], value: ['answer'] };

/**
 * Calendly. Rescheduling sends `invitee.canceled` and `invitee.created` in any order, so a cancellation sets no status
 * and never begins a deal.
 */
export const CALENDLY: Preset = {
  key: 'calendly',
  label: 'Calendly',
  mapping: {
    fields: [
      { target: 'contact.name', from: ['payload.name', { concat: ['payload.first_name', 'payload.last_name'] }] },
      { target: 'contact.email', from: ['payload.email'] },
      { target: 'contact.phone', from: ['payload.text_reminder_number', personLike(QUESTIONS).phone] },
      ...utmRules((parameter) => [`payload.tracking.${parameter}`]),
      {
        target: 'contact.customFields.reuniao_em',
        from: ['payload.scheduled_event.start_time'],
        transforms: [{ kind: 'date', format: 'iso' }],
      },
    ],
    collect: [{ into: 'contact.customFields', ...QUESTIONS, in: 'payload.questions_and_answers' }],
  },
  deliveryId: [
    ['body:payload.uri', 'body:event', 'body:payload.status'],
    ['body:payload.uri', 'body:event'],
  ],
  authenticity: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signed: 't.raw',
    signature: 'header:calendly-webhook-signature',
    format: 'timestamped',
    toleranceSeconds: 180,
  },
  pings: [],
  neverCreates: [[{ kind: 'equals', part: 'body:event', values: ['invitee.canceled'] }]],
};
