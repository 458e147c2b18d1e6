import type { TokenConfig } from '../auth/index.js';
import { optional, optionalText, url } from './plain-settings.js';
import { secret } from './secret-settings.js';
import { combined, mistaken, value, type Reading, type Setting } from './setting.js';

/** Good for trying Ponte out on one's own machine; refused in production. */
export const DEVELOPMENT_JWT_SECRET = 'ponte-development-jwt-secret-not-for-production';

const schema = {
  secret: optional('JWT_SECRET', secret('JWT_SECRET', { is: '' })),
  jwksUrl: optional('JWT_JWKS_URL', url('JWT_JWKS_URL', ['https:', 'http:'], { is: '' })),
  issuer: optionalText('JWT_ISSUER'),
  audience: optionalText('JWT_AUDIENCE'),
  fallback: secret('JWT_SECRET', { is: '', development: DEVELOPMENT_JWT_SECRET }),
};

/** Reads the `JWT_…` variables: tokens are signed by a shared secret, or by keys that an identity provider publishes. */
export const tokenConfig: Setting<TokenConfig> = {
  read: (environment) => {
    const { fallback, ...given } = schema;
    return combined(given, (parts): Reading<TokenConfig> => {
      const { issuer, audience } = parts;
      const expected = { ...(issuer === undefined ? {} : { issuer }), ...(audience === undefined ? {} : { audience }) };
      if (parts.secret && parts.jwksUrl) return mistaken('JWT_SECRET', 'and JWT_JWKS_URL are both set: choose one');
      if (parts.jwksUrl) {
        if (environment.production && parts.jwksUrl.startsWith('http:')) {
          return mistaken('JWT_JWKS_URL', 'must begin with https:// in production');
        }
        return value({ kind: 'jwks', url: parts.jwksUrl, ...expected });
      }
      if (parts.secret) return value({ kind: 'secret', secret: parts.secret, ...expected });
      if (environment.production) {
        return mistaken('JWT_SECRET', 'is missing, and so is JWT_JWKS_URL: one of them verifies the tokens of the API');
      }
      const development = fallback.read(environment);
      return development.kind === 'value'
        ? value({ kind: 'secret', secret: development.value, ...expected })
        : development;
    }).read(environment);
  },
};
