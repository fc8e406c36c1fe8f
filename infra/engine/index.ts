export { containerName, createEngine, publishing } from './engine';
export type { ContainerFacts, Engine, NetworkFacts } from './engine';
export { ensureEngine } from './ensure';
export type { EnsureEngineOptions, ReadyEngine } from './ensure';
export { probeEngine } from './probe';
export type { Probe } from './probe';
export { removeEngine } from './remove';
export type { MachineChange } from './remove';
