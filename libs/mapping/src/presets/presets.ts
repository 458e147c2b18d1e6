import { CALENDLY } from './calendly.js';
import { EDUZZ } from './eduzz.js';
import { ELEMENTOR } from './elementor.js';
import { GENERIC } from './generic.js';
import { GOOGLE_FORMS } from './google-forms.js';
import { HOTMART } from './hotmart.js';
import { KIWIFY } from './kiwify.js';
import { MONETIZZE } from './monetizze.js';
import type { Preset } from './preset.js';
import { RDSTATION } from './rdstation.js';
import { SHOPIFY } from './shopify.js';
import { STRIPE } from './stripe.js';
import { TYPEFORM } from './typeform.js';
import { WOOCOMMERCE } from './woocommerce.js';

/** Every preset, in the order in which they are shown: checkouts, shops, forms, schedulers, then everything else. */
export const PRESETS: readonly Preset[] = [
  HOTMART,
  KIWIFY,
  EDUZZ,
  MONETIZZE,
  SHOPIFY,
  WOOCOMMERCE,
  STRIPE,
  ELEMENTOR,
  TYPEFORM,
  GOOGLE_FORMS,
  CALENDLY,
  RDSTATION,
  GENERIC,
];

const byKey = new Map(PRESETS.map((preset) => [preset.key, preset]));

/** The preset of a key, as integrations store it. */
export function findPreset(key: string): Preset | undefined {
  return byKey.get(key);
}
