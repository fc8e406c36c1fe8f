import type { Routes } from '../../shared/http/routes';
import { serviceUrl, wholeNumber, type Settings } from '../../shared/http/settings';
import { askServiceA } from './service-a-client';

export const settings = {
  SERVICE_A_URL: serviceUrl('http://service-a'),
  CALL_TIMEOUT_MS: wholeNumber(1, 600_000, 2_000),
};

export function routes({ SERVICE_A_URL: url, CALL_TIMEOUT_MS: timeoutMs }: Settings<typeof settings>): Routes {
  return {
    'GET /ping_service_a': async (request) => {
      const message = await askServiceA({ url, timeoutMs }, request);
      return { body: { message: `${message} (via Service B)` } };
    },
  };
}
