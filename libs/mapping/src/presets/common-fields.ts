import type { FieldRule, LikeSource } from '../mapping/mapping.js';
import { UTM_FIELDS } from '../mapping/mapped.js';

/** What forms call the person's name, e-mail and phone. */
export const NAME_WORDS = ['nome completo', 'full name', 'nome', 'name', 'your name', 'seu nome'];
export const EMAIL_WORDS = [
  'email',
  'e-mail',
  'your email',
  'seu email',
  'email address',
  'mail',
  'correio eletronico',
];
export const PHONE_WORDS = [
  'whatsapp',
  'celular',
  'telefone celular',
  'mobile',
  'mobile phone',
  'cellphone',
  'telefone',
  'phone',
  'phone number',
  'fone',
  'tel',
  'whats',
  'zap',
];

/** Words that make a label containing "nome" something else than a person's name. */
export const NOT_A_PERSON = [
  'empresa',
  'company',
  'sobrenome',
  'usuario',
  'user',
  'username',
  'produto',
  'product',
  'negocio',
  'fantasia',
  'formulario',
  'form',
  'file',
  'arquivo',
  'dominio',
  'domain',
];

/** The three that identify a person, found by label in forms whose labels are up to their makers. */
export function personLike(where: Pick<LikeSource, 'in' | 'label' | 'value' | 'titles'>): {
  name: LikeSource;
  email: LikeSource;
  phone: LikeSource;
} {
  return {
    name: { ...where, like: NAME_WORDS, match: 'word', except: NOT_A_PERSON },
    email: { ...where, like: EMAIL_WORDS, match: 'word' },
    phone: { ...where, like: PHONE_WORDS, match: 'word' },
  };
}

/** One rule per utm field, from the paths that `pathsOf` names for `utm_source`, `utm_medium` … */
export function utmRules(pathsOf: (parameter: string) => FieldRule['from']): FieldRule[] {
  return UTM_FIELDS.map((field) => ({ target: `contact.utm.${field}`, from: pathsOf(`utm_${field}`) }));
}
