/** Tests that run anywhere; what needs a cluster is named *.e2e.test.ts and has a configuration of its own. */
module.exports = {
  testMatch: ['<rootDir>/{test,apps}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '\\.e2e\\.test\\.ts$'],
  transform: {
    '^.+\\.ts$': '@swc/jest',
    '/(@marcbachmann/cel-js|conventional-commits-parser)/.+\\.js$': '@swc/jest',
  },
  // published as ES modules alone
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/|conventional-commits-parser/)'],
  moduleNameMapper: {
    '^conventional-commits-parser$': '<rootDir>/node_modules/conventional-commits-parser/dist/CommitParser.js',
  },
  collectCoverageFrom: [
    '{apps,manifests,infra,forge,delivery,review,ci,cli,core}/**/*.ts',
    '!**/*.test.ts',
    '!apps/*/build/**',
    '!**/model.ts',
  ],
  // most tests wait for Git and other processes, so that a core left idle for the runner would be one unused
  maxWorkers: '100%',
  // a busy machine is no failure; what hangs still ends
  testTimeout: 60_000,
  coverageDirectory: 'coverage',
  coverageProvider: 'v8',
  // Pulumi's own runtime keeps connections open that its mocks never close
  forceExit: true,
  coverageThreshold: { global: { lines: 85 } },
};
