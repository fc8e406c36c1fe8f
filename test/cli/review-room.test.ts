import { readFileSync } from 'node:fs';
import path from 'node:path';
import { synthesize } from '../../manifests/synth';
import { TestRepository } from '../review/repository';
import { inProcess } from './cli';

jest.setTimeout(120_000);

test('a review says where pods ask for more than the nodes of the catalog offer', async () => {
  const repository = new TestRepository();
  try {
    const { root } = repository;
    const edit = (file: string, from: string, to: string): void => {
      const before = readFileSync(path.join(root, file), 'utf8');
      expect(before).toContain(from);
      repository.write(file, before.replace(from, to));
    };
    const memory = "memoryRequest: '64Mi', memoryLimit: '128Mi'";
    edit('apps/service-a/service.ts', memory, "memoryRequest: '1Gi', memoryLimit: '1Gi'");
    const offer = async (size: string, from = "labels: { tier: 'backend' }"): Promise<string> => {
      const to = `labels: { tier: 'backend' }, allocatable: { cpu: '2', memory: '${size}' }`;
      edit('apps/platform.ts', from, to);
      await synthesize({ root });
      const { stdout } = await inProcess(['review', '--base', 'HEAD', '--fail-on', 'never'], { root });
      return stdout;
    };
    // three pods of it and three of its neighbour
    const full = await offer('3Gi');
    expect(full).toMatch(/error \[tier-is-full\] .*: not all pods on tier=backend find room/);
    expect(full).toContain('ask for 3264Mi of memory, and its nodes offer 3072Mi');
    const room = await offer('4Gi', "labels: { tier: 'backend' }, allocatable: { cpu: '2', memory: '3Gi' }");
    expect(room).not.toContain('tier-is-full');
  } finally {
    repository.remove();
  }
});
