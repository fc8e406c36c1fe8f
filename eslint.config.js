const js = require('@eslint/js');
const tseslint = require('typescript-eslint');

/** Which rooms a room may not import, and where the code belongs instead. */
const directions = {
  core: [
    ['apps', 'manifests', 'infra', 'delivery', 'review', 'cli'],
    'core knows no room of Slipway; pass what it needs as an argument',
  ],
  apps: [
    ['manifests', 'infra', 'delivery', 'review', 'cli'],
    'the catalog is the source of the data; move the code to the room that uses it',
  ],
  manifests: [
    ['infra', 'delivery', 'review', 'cli'],
    'rendering sees only the catalog; what a machine can reach must not change dist',
  ],
  infra: [
    ['manifests', 'delivery', 'review', 'cli'],
    'infrastructure sees only the catalog; a step that renders belongs in delivery',
  ],
  delivery: [
    ['infra', 'review', 'cli'],
    'delivery is Git and rendering; hand it what it needs of the cluster as an argument',
  ],
  review: [['infra', 'delivery', 'cli'], 'a review is a function of two trees; hand it what it needs as an argument'],
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
  ...Object.entries(directions).map(([room, [closed, message]]) => ({
    files: [`${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: `^(\\.\\./)+(${closed.join('|')})/`, message }] }],
    },
  })),
);
