export type { ClientEvent, Uploaded } from './client-event.ts'
export { type CoordinatorAddress, coordinatorAddress } from './http/address.ts'
export {
  CoordinatorApi,
  type CoordinatorApiOptions,
  type EventsQuery,
  type MetricsQuery,
  type RunActionInput,
} from './http/coordinator-api.ts'
export { connectionError, exchange, type Fetch, type HttpCall, type HttpPeer, unreachable } from './http/exchange.ts'
export { CALL_TIMEOUT_MS, callForJson, parseJson, parseMessage } from './http/json-call.ts'
export { PeopleApi } from './http/people-api.ts'
export { refusal } from './http/refusal.ts'
export { type VerticalActionInput, VerticalApi } from './http/vertical-api.ts'
export { type Claim, claimIdentity } from './identity/claim-identity.ts'
export { type Identity, type IdentityStore, identitySchema } from './identity/identity.ts'
export { memoryIdentityStore } from './identity/memory-identity-store.ts'
export { newCredential, type PendingJoin, pendingJoinSchema } from './identity/pending-join.ts'
export { joinFederation } from './join-federation.ts'
export type { CoreJoinOptions, Participation } from './participation.ts'
export { ReconnectingSocket, type SocketOptions } from './socket/reconnecting-socket.ts'
export { BACKOFF_CAP_MS, backoff } from './timing/backoff.ts'
export { type Clock, systemClock } from './timing/clock.ts'
export { type Deferred, deferred } from './timing/deferred.ts'
export { type LinkedAbort, linkedAbort } from './timing/linked-abort.ts'
export { type RetryOptions, retrying } from './timing/retry.ts'
export { type Watchdog, watchdog } from './timing/watchdog.ts'
export type { Trainer, TrainerTask } from './trainer.ts'
export { CLIENT_VERSION } from './version.ts'
export { type WatchOptions, watchRun } from './watch/watch-run.ts'
export { type VerticalWatchOptions, watchVerticalRun } from './watch/watch-vertical-run.ts'
