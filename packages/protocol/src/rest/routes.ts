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
  federations: `${api}/federations`,
  federation: (federation: string) => `${api}/federations/${segment(federation)}`,
  invites: (federation: string) => `${api}/federations/${segment(federation)}/invites`,
  invite: (invite: string) => `${api}/invites/${segment(invite)}`,
  participants: (federation: string) => `${api}/federations/${segment(federation)}/participants`,
  federationRuns: (federation: string) => `${api}/federations/${segment(federation)}/runs`,
  runs: `${api}/runs`,
  run: (run: string) => `${api}/runs/${segment(run)}`,
  runActions: (run: string) => `${api}/runs/${segment(run)}/actions`,
  runEvents: (run: string) => `${api}/runs/${segment(run)}/events`,
  runMetrics: (run: string) => `${api}/runs/${segment(run)}/metrics`,
  runModels: (run: string) => `${api}/runs/${segment(run)}/models`,
  rounds: (run: string) => `${api}/runs/${segment(run)}/rounds`,
  round: (run: string, round: number | string) => `${api}/runs/${segment(run)}/rounds/${round}`,
  /** PUT bytes from an offset; HEAD answers `upload-offset`. */
  update: (run: string, round: number | string) => `${api}/runs/${segment(run)}/rounds/${round}/update`,
  /** GET the bytes of a model by their hash; takes Range. */
  model: (sha256: string) => `${api}/models/${segment(sha256)}`,
} as const

/** Answer header of HEAD on an update: bytes that are stored so far. */
export const UPLOAD_OFFSET_HEADER = 'upload-offset'
