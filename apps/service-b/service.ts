import { defineService } from '../define';

export const service = defineService({
  name: 'service-b',
  resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' },
  calls: ['service-a'],
  env: { SERVICE_A_URL: 'http://service-a' },
  environments: {
    production: { replicas: 2 },
  },
});
