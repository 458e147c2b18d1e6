import { inboundFixture } from '@ponte/testing';

/** Whom a payload is about, and which of the payloads about that person it is. */
export interface Story {
  readonly name: string;
  readonly email: string;
  /** Area code and number, in digits. */
  readonly phone: string;
  /** Counts up from 1: every payload changes something. */
  readonly sequence: number;
  /** The event's id where the tool names one. */
  readonly deliveryId: string;
}

/** How one tool would tell a story. */
export interface Tool {
  /** Key of the preset that reads it. */
  readonly preset: string;
  readonly contentType: 'application/json' | 'application/x-www-form-urlencoded';
  tell(story: Story): string;
}

/** Paid, open again, refunded …: each tells another status than the one before. */
const turn = <Value>(values: readonly [Value, ...Value[]], sequence: number): Value =>
  values[(sequence - 1) % values.length] ?? values[0];

/** A JSON payload: the recorded one, with some members replaced. */
function json(preset: string, fixture: string, change: (story: Story) => Record<string, unknown>): Tool {
  const recorded = inboundFixture(fixture).request.rawBody;
  return {
    preset,
    contentType: 'application/json',
    tell: (story) => {
      const payload: unknown = JSON.parse(recorded);
      for (const [path, value] of Object.entries(change(story))) setAt(payload, path.split('.'), value);
      return JSON.stringify(payload);
    },
  };
}

/** A form: the recorded one, with some fields replaced and without those named. */
function form(
  preset: string,
  fixture: string,
  change: (story: Story) => Record<string, string>,
  without: readonly string[] = [],
): Tool {
  const recorded = inboundFixture(fixture).request.rawBody;
  return {
    preset,
    contentType: 'application/x-www-form-urlencoded',
    tell: (story) => {
      const fields = new URLSearchParams(recorded);
      for (const name of without) fields.delete(name);
      for (const [name, value] of Object.entries(change(story))) fields.set(name, value);
      return fields.toString();
    },
  };
}

function setAt(target: unknown, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined || typeof target !== 'object' || target === null) {
    throw new Error(`The recorded payload has no ${path.join('.')}.`);
  }
  if (rest.length === 0) Object.assign(target, { [key]: value });
  else setAt(new Map<string, unknown>(Object.entries(target)).get(key), rest, value);
}

const checkout = json('hotmart', 'hotmart-purchase-approved', ({ name, email, phone, sequence, deliveryId }) => ({
  id: deliveryId,
  event: turn(['PURCHASE_APPROVED', 'PURCHASE_BILLET_PRINTED', 'PURCHASE_REFUNDED'], sequence),
  'data.buyer.name': name,
  'data.buyer.email': email,
  'data.buyer.checkout_phone_code': phone.slice(0, 2),
  'data.buyer.checkout_phone': phone.slice(2),
  'data.purchase.transaction': `HP-${deliveryId}`,
  'data.purchase.price.value': 100 + sequence,
}));

const postback = form(
  'monetizze',
  'monetizze-aprovada',
  ({ name, email, phone, sequence, deliveryId }) => ({
    codigo_venda: deliveryId,
    'venda[codigo]': deliveryId,
    'tipoEvento[codigo]': turn(['2', '1', '4'], sequence),
    'venda[valor]': `${String(100 + sequence)}.00`,
    'comprador[nome]': name,
    'comprador[email]': email,
    'comprador[telefone]': phone,
  }),
  ['json'],
);

const pageForm = form('elementor', 'elementor-advanced-on', ({ name, email, phone, sequence }) => ({
  'fields[name][value]': name,
  'fields[email][value]': email,
  'fields[field_38c2e8e][value]': `(${phone.slice(0, 2)}) ${phone.slice(2)}`,
  'fields[field_c5efe2d][value]': `Faixa ${String(sequence)}`,
}));

const survey = json('google-forms', 'google-forms-apps-script', ({ name, email, phone, sequence, deliveryId }) => ({
  responseId: deliveryId,
  respondentEmail: email,
  'answers.Nome completo': name,
  'answers.WhatsApp (com DDD)': phone,
  'answers.Produto de interesse': [`Curso ${String(sequence)}`],
}));

/** A sender that knows the identifiers: its payload maps itself. */
const generic: Tool = {
  preset: 'generic',
  contentType: 'application/json',
  tell: ({ name, email, phone, sequence }) =>
    JSON.stringify({
      contact_name: name,
      contact_email: email,
      contact_phone: phone,
      contact_sequencia: String(sequence),
      deal_status: turn(['WON', 'OPEN'], sequence),
    }),
};

/** The tools of the load, by the key of their preset. */
export const tools: ReadonlyMap<string, Tool> = new Map(
  [generic, checkout, postback, pageForm, survey].map((tool) => [tool.preset, tool]),
);
