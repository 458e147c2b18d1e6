import type { DealStatus } from '../mapping/mapped.js';
import { utmRules } from './common-fields.js';
import type { Preset } from './preset.js';

/** By `tipoEvento[codigo]`: what happened. `tipoPostback` only says whom the postback is for. */
const EVENTS: Record<string, DealStatus | null> = {
  '1': 'OPEN', // awaiting payment
  '2': 'WON', // finished, approved
  '3': 'LOST', // cancelled
  '4': 'LOST', // refunded
  '5': 'LOST', // blocked
  '6': 'WON', // complete: the warranty has passed
  '7': 'OPEN', // checkout abandoned
  '101': 'WON', // subscription active
  '102': null, // subscription late
  '103': null, // subscription cancelled
  '104': 'OPEN', // subscription awaiting payment
};

/** Monetizze's postback: PHP brackets, and the whole payload once more as JSON text in the field `json`. */
export const MONETIZZE: Preset = {
  key: 'monetizze',
  label: 'Monetizze',
  mapping: {
    fields: [
      { target: 'contact.name', from: ['comprador.nome', 'json.comprador.nome'] },
      { target: 'contact.email', from: ['comprador.email', 'json.comprador.email'] },
      {
        target: 'contact.phone',
        from: ['comprador.telefone', 'json.comprador.telefone'],
        transforms: [{ kind: 'phone', countryFrom: ['comprador.pais'] }],
      },
      ...utmRules((parameter) => [`venda.${parameter}`, `json.venda.${parameter}`]),
      { target: 'deal.product', from: ['produto.nome', 'json.produto.nome'] },
      {
        target: 'deal.value',
        from: ['venda.valor', 'json.venda.valor'],
        transforms: [{ kind: 'money', unit: 'decimal', decimalSeparator: '.' }],
      },
      { target: 'deal.externalId', from: ['codigo_venda', 'venda.codigo', 'json.venda.codigo'] },
      {
        target: 'deal.status',
        from: ['tipoEvento.codigo', 'json.tipoEvento.codigo', 'codigo_status'],
        transforms: [{ kind: 'statusTable', table: EVENTS }],
      },
    ],
  },
  deliveryId: [
    ['body:codigo_venda', 'body:tipoEvento.codigo', 'body:venda.status'],
    ['body:venda.codigo', 'body:tipoEvento.codigo'],
  ],
  authenticity: { kind: 'token', in: ['body:chave_unica'] },
  pings: [],
  neverCreates: [[{ kind: 'equals', part: 'body:tipoEvento.codigo', values: ['6'] }]],
};
