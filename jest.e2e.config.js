// what CI runs is the main job; the rest takes longer than a run of CI may
const full = process.env.SLIPWAY_E2E_FULL === '1';

/** Tests on a real kind cluster, one file at a time: they share the machine's engine and its two cores. */
module.exports = {
  testMatch: [`<rootDir>/test/e2e/${full ? '*' : '{platform,report}'}.e2e.test.ts`],
  transform: { '^.+\\.ts$': '@swc/jest', '/@marcbachmann/cel-js/.+\\.js$': '@swc/jest' },
  // published as ES modules alone
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/)'],
  maxWorkers: 1,
  testTimeout: 20 * 60_000,
  // a failed step leaves the next ones without the platform that they ask; the first failure is the news
  bail: 1,
  verbose: true,
};
