// Prints "<passed> <failed>" of a jest result. A run that wrote no result, ran no test, or exited non-zero without a
// failed test (a coverage threshold, say) counts as one failure: a green check never stands for nothing.
const { existsSync, readFileSync } = require('node:fs');

const [, , file, exitCode] = process.argv;
const result = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
let failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
if (failed === 0 && (exitCode !== '0' || result.numPassedTests === 0)) {
  failed = 1;
}
process.stdout.write(`${result.numPassedTests} ${failed}\n`);
