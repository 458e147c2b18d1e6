import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.ponte/**', '.reports/**'] },
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    files: ['**/*.ts'],
    rules: {
      // Injected classes and DTOs need their runtime value: `import type` on them silently breaks DI and validation.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // Nest reads constructor types at run time: a type-only import of an injected class compiles and then injects nothing.
    files: ['services/*/src/**/*.ts', 'libs/service-kit/src/**/*.ts', 'libs/event-log/src/nest/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'ImportDeclaration[importKind="type"] > ImportSpecifier[imported.name=/(Service|Controller|Dto|Query|Body|Repository|Module)$/]',
          message: 'Import injected classes and DTOs by value: `import type` removes the metadata that Nest reads.',
        },
      ],
    },
  },
  prettier,
);
