import {
  asWorkspaceId,
  issueToken,
  ROLES,
  taskCommand,
  tokenConfig,
  UsageError,
  type Command,
} from '@ponte/service-kit';

const DAY_SECONDS = 24 * 60 * 60;

/**
 * `token create`: signs a token for the three APIs with JWT_SECRET and prints it. For installations without an identity
 * provider, and for the first steps with one.
 */
export function createTokenCommand(): Command {
  return taskCommand({
    summary: 'Sign a token for the APIs of a workspace, and print it',
    config: { tokens: tokenConfig },
    options: {
      workspace: { type: 'text', is: "the workspace's id", required: true },
      role: { type: 'text', is: ROLES.join(', '), default: 'editor' },
      subject: {
        type: 'text',
        is: 'who it is for; kept with what an operator accepts or dismisses',
        default: 'token create',
      },
      days: { type: 'text', is: 'how many days it is valid', default: '30' },
    },
    run: async ({ config: { tokens }, options }) => {
      if (tokens.kind === 'jwks') throw new UsageError('JWT_JWKS_URL is set: its identity provider issues the tokens.');
      const workspaceId = asWorkspaceId(options.workspace);
      const role = ROLES.find((one) => one === options.role);
      const days = /^\d{1,4}$/.test(options.days) ? Number(options.days) : 0;
      const mistakes = [
        ...(workspaceId === undefined ? ['--workspace must be a UUID'] : []),
        ...(role === undefined ? [`--role must be one of ${ROLES.join(', ')}`] : []),
        ...(days < 1 ? ['--days must be a whole number from 1 to 9999'] : []),
      ];
      if (workspaceId === undefined || role === undefined || days < 1) throw new UsageError(mistakes.join('\n'));
      const { issuer, audience } = tokens;
      const token = await issueToken(tokens.secret, {
        workspaceId,
        roles: [role],
        subject: options.subject,
        expiresInSeconds: days * DAY_SECONDS,
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
      });
      process.stdout.write(`${token}\n`);
    },
  });
}
