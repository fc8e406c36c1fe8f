const js = require('@eslint/js');
const tseslint = require('typescript-eslint');

/** Which rooms a room may not import, and where the code belongs instead. */
const directions = {
  core: [
    ['apps', 'manifests', 'infra', 'forge', 'delivery', 'review', 'ci', 'cli'],
    'core knows no room of Slipway; pass what it needs as an argument',
  ],
  forge: [
    ['apps', 'manifests', 'infra', 'delivery', 'review', 'ci', 'cli'],
    'forge speaks to the API of a forge and knows nothing else; hand it what it sends as an argument',
  ],
  apps: [
    ['manifests', 'infra', 'forge', 'delivery', 'review', 'ci', 'cli'],
    'the catalog is the source of the data; move the code to the room that uses it',
  ],
  manifests: [
    ['infra', 'forge', 'delivery', 'review', 'ci', 'cli'],
    'rendering sees only the catalog; what a machine can reach must not change dist',
  ],
  infra: [
    ['manifests', 'delivery', 'review', 'ci', 'cli'],
    'infrastructure sees only the catalog; a step that renders belongs in delivery',
  ],
  delivery: [
    ['infra', 'review', 'ci', 'cli'],
    'delivery is Git and rendering; hand it what it needs of the cluster as an argument',
  ],
  review: [
    ['infra', 'delivery', 'ci', 'cli'],
    'a review is a function of two trees; hand it what it needs as an argument',
  ],
  ci: [
    ['infra', 'manifests', 'review', 'cli'],
    'ci only receives events and runs workflows; what workflows do is a command of cli',
  ],
};

module.exports = tseslint.config(
  { ignores: ['dist/**', 'coverage/**', '**/build/**', '.slipway/**', '.cdk8s-out/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', process: 'readonly', __dirname: 'readonly' },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['samples/**/*.js'],
    languageOptions: { globals: { console: 'readonly', fetch: 'readonly', setTimeout: 'readonly', URL: 'readonly' } },
  },
  {
    // scripts of one page that share its scope; `tsc --project review/report/html` knows what they may use
    files: ['review/report/html/*.js'],
    languageOptions: { sourceType: 'script' },
    rules: {
      'no-undef': 'off',
      'no-unused-vars': ['error', { vars: 'local' }],
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
  ...Object.entries(directions).map(([room, [closed, message]]) => ({
    files: [`${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: `^(\\.\\./)+(${closed.join('|')})/`, message }] }],
    },
  })),
);
