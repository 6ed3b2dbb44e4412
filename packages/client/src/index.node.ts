export { defaultStateDir, fileIdentityStore } from './identity/file-identity-store.node.ts'
export * from './index.ts'
export { type JoinOptions, joinFederation } from './join-federation.node.ts'
