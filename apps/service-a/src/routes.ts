import type { Routes } from '../../shared/http/routes';

export const routes: Routes = {
  'GET /ping': () => ({ body: { message: 'Greetings from Service A!' } }),
};
