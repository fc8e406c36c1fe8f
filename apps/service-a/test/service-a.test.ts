import { join } from 'node:path';
import { closeAll, logged, run, runUntilListening, start } from '../../shared/http/test/harness';
import { routes } from '../src/routes';

const main = join(__dirname, '../src/main.ts');

afterEach(closeAll);

test('/ping greets', async () => {
  const { url } = await start(routes);
  const response = await fetch(`${url}/ping`);
  expect([response.status, await response.text()]).toEqual([200, '{"message":"Greetings from Service A!"}']);
});

describe('as a process', () => {
  test('it serves its version until SIGTERM, then turns unready, drains and ends with 0', async () => {
    const running = await runUntilListening(main, { APP_VERSION: '1.2.3', SHUTDOWN_DELAY_MS: '500' });
    expect(await (await fetch(`${running.url}/version`)).json()).toEqual({ version: '1.2.3' });
    expect((await fetch(`${running.url}/health`)).status).toBe(200);

    running.child.kill('SIGTERM');
    await logged(running, 'draining');
    expect((await fetch(`${running.url}/health`)).status).toBe(503);
    expect((await fetch(`${running.url}/ping`)).status).toBe(200);
    expect(await running.ended).toBe(0);
    expect(running.lines.map(({ message }) => message)).toEqual([
      'listening',
      'request',
      'draining',
      'request',
      'stopped',
    ]);
  });

  test('SIGINT ends it without the delay', async () => {
    const running = await runUntilListening(main, { APP_VERSION: '1.2.3', SHUTDOWN_DELAY_MS: '600000' });
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(0);
  });

  test('bad configuration is reported as a whole and ends it with 1', async () => {
    const running = run(main, { PORT: 'http', LOG_LEVEL: 'loud', SHUTDOWN_DELAY_MS: '-1', SHUTDOWN_TIMEOUT_MS: '5s' });
    expect(await running.ended).toBe(1);
    expect(running.lines).toEqual([
      {
        level: 'error',
        time: expect.any(String),
        service: 'service-a',
        message: 'bad configuration',
        problems: [
          'APP_VERSION: missing; set it, such as 1.2.3',
          'PORT: "http" is not a whole number from 0 to 65535; set one, such as 8080',
          'LOG_LEVEL: "loud" is not allowed; set one of debug, info, warn, error',
          'SHUTDOWN_DELAY_MS: "-1" is not a whole number from 0 to 600000; set one, such as 5000',
          'SHUTDOWN_TIMEOUT_MS: "5s" is not a whole number from 0 to 600000; set one, such as 20000',
        ],
      },
    ]);
  });

  test('a taken port is reported and ends it with 1', async () => {
    const first = await runUntilListening(main, { APP_VERSION: '1' });
    const second = run(main, { APP_VERSION: '1', PORT: new URL(first.url).port });
    expect(await second.ended).toBe(1);
    expect(second.lines).toEqual([
      expect.objectContaining({ message: 'cannot start', error: expect.stringContaining('EADDRINUSE') }),
    ]);
  });
});
