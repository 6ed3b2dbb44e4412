export type { ClientEvent, Uploaded } from './client-event.ts'
export { type CoordinatorAddress, coordinatorAddress } from './http/address.ts'
export {
  CoordinatorApi,
  type CoordinatorApiOptions,
  type EventsQuery,
  type MetricsQuery,
  type RunActionInput,
} from './http/coordinator-api.ts'
export type { Fetch } from './http/exchange.ts'
export { type Identity, type IdentityStore, identitySchema } from './identity/identity.ts'
export { memoryIdentityStore } from './identity/memory-identity-store.ts'
export { joinFederation } from './join-federation.ts'
export type { CoreJoinOptions, Participation } from './participation.ts'
export { BACKOFF_CAP_MS, backoff } from './timing/backoff.ts'
export { type Clock, systemClock } from './timing/clock.ts'
export type { Trainer, TrainerTask } from './trainer.ts'
export { CLIENT_VERSION } from './version.ts'
export { type WatchOptions, watchRun } from './watch/watch-run.ts'
