const api = '/api/v1'
/** Leaves a router's `:name` alone, escapes everything else. */
const segment = (value: string) => (value.startsWith(':') ? value : encodeURIComponent(value))

/** Paths of the HTTP interface. Servers pass `:name` for a parameter, which stays as it is. */
export const routes = {
  health: '/healthz',
  ready: '/readyz',
  metrics: '/metrics',
  openapi: '/openapi.json',
  join: `${api}/join`,
  me: `${api}/me`,
  /** POST signs in, GET tells who is signed in by the cookie, DELETE signs out. */
  session: `${api}/session`,
  sessionPassword: `${api}/session/password`,
  authProviders: `${api}/auth/providers`,
  /** For a browser to go to, with `?return=/path`. */
  oidcStart: (provider: string) => `${api}/auth/oidc/${segment(provider)}/start`,
  oidcCallback: (provider: string) => `${api}/auth/oidc/${segment(provider)}/callback`,
  users: `${api}/users`,
  user: (account: string) => `${api}/users/${segment(account)}`,
  /** Personal tokens of people; the caller's own, or with `?account=` another's. */
  tokens: `${api}/tokens`,
  token: (token: string) => `${api}/tokens/${segment(token)}`,
  audit: `${api}/audit`,
  federations: `${api}/federations`,
  federation: (federation: string) => `${api}/federations/${segment(federation)}`,
  invites: (federation: string) => `${api}/federations/${segment(federation)}/invites`,
  invite: (invite: string) => `${api}/invites/${segment(invite)}`,
  /** The caller's institution leaves, for good. */
  leave: (federation: string) => `${api}/federations/${segment(federation)}/leave`,
  participants: (federation: string) => `${api}/federations/${segment(federation)}/participants`,
  federationRuns: (federation: string) => `${api}/federations/${segment(federation)}/runs`,
  runs: `${api}/runs`,
  run: (run: string) => `${api}/runs/${segment(run)}`,
  runActions: (run: string) => `${api}/runs/${segment(run)}/actions`,
  runEvents: (run: string) => `${api}/runs/${segment(run)}/events`,
  runMetrics: (run: string) => `${api}/runs/${segment(run)}/metrics`,
  runSpread: (run: string) => `${api}/runs/${segment(run)}/metrics/spread`,
  runModels: (run: string) => `${api}/runs/${segment(run)}/models`,
  rounds: (run: string) => `${api}/runs/${segment(run)}/rounds`,
  /** Many rounds at once, as columns. */
  roundColumns: (run: string) => `${api}/runs/${segment(run)}/round-columns`,
  round: (run: string, round: number | string) => `${api}/runs/${segment(run)}/rounds/${round}`,
  /** PUT bytes from an offset; HEAD answers `upload-offset`. */
  update: (run: string, round: number | string) => `${api}/runs/${segment(run)}/rounds/${round}/update`,
  /** GET the bytes of a model by their hash; takes Range. */
  model: (sha256: string) => `${api}/models/${segment(sha256)}`,
  /** PUT one's own place in vertical runs. */
  party: (federation: string) => `${api}/federations/${segment(federation)}/party`,
  parties: (federation: string) => `${api}/federations/${segment(federation)}/parties`,
  federationVerticalRuns: (federation: string) => `${api}/federations/${segment(federation)}/vertical-runs`,
  verticalRuns: `${api}/vertical-runs`,
  verticalRun: (run: string) => `${api}/vertical-runs/${segment(run)}`,
  verticalManifest: (run: string) => `${api}/vertical-runs/${segment(run)}/manifest`,
  verticalApprovals: (run: string) => `${api}/vertical-runs/${segment(run)}/approvals`,
  verticalActions: (run: string) => `${api}/vertical-runs/${segment(run)}/actions`,
  verticalAbort: (run: string) => `${api}/vertical-runs/${segment(run)}/abort`,
  verticalPublished: (run: string) => `${api}/vertical-runs/${segment(run)}/published`,
  verticalEvents: (run: string) => `${api}/vertical-runs/${segment(run)}/events`,
  /** GET numbers opened for each party, in this run and over all runs that its parties did together. */
  verticalOpenings: (run: string) => `${api}/vertical-runs/${segment(run)}/openings`,
  /** PUT an envelope. */
  verticalMessages: (run: string) => `${api}/vertical-runs/${segment(run)}/messages`,
  /** GET an envelope by the SHA-256 of its bytes; only its receiver may. */
  verticalMessage: (run: string, sha256: string) => `${api}/vertical-runs/${segment(run)}/messages/${segment(sha256)}`,
  /** GET the caller's mail after a cursor. */
  verticalInbox: (run: string) => `${api}/vertical-runs/${segment(run)}/inbox`,
} as const

/** Answer header of HEAD on an update: bytes that are stored so far. */
export const UPLOAD_OFFSET_HEADER = 'upload-offset'
