import { defineService } from '../define';

export const service = defineService({
  name: 'service-a',
  resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' },
  environments: {
    production: { replicas: 2 },
  },
});
