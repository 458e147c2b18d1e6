import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));

// Jest writes its report there, in the package that it runs in, and doesn't make the folder.
mkdirSync('.reports', { recursive: true });

/**
 * One configuration for every package; the `test:unit|int|e2e` scripts pass `--rootDir .` and say which kind they run.
 * Specs import the sources of other packages, so a unit test never runs against a stale build.
 *
 * @type {import('jest').Config}
 */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*(?<!\\.json))\\.js$': '$1',
    '^@ponte/(contracts|mapping|event-log|kafka|service-kit|testing|native-servers)$': `${root}libs/$1/src/index.ts`,
    '^@ponte/local$': `${root}deploy/local/src/index.ts`,
  },
  globalSetup: `${root}libs/testing/jest/global-setup.js`,
  globalTeardown: `${root}libs/testing/jest/global-teardown.js`,
  testTimeout: 60_000,
};
