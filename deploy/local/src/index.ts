export { freePorts, portsFromEnv, type Instances, type Plan, type Ports } from './plan.js';
export { SERVICES, type ServiceName } from './services.js';
export { loadSecrets, makeSecrets, type Secrets } from './secrets.js';
export { ROOT } from './root.js';
export type { Controlled } from './service-process.js';
export { chooseSources, type Sources } from './sources.js';
export { startStack, type Say, type Stack, type StackOptions, type Workspace } from './stack.js';
export { signToken, type Role } from './tokens.js';
export { topology, type Part, type Topic } from './topology.js';
