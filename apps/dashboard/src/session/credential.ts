/** What calls are made with: a token of this tab, or the session's cookie with its CSRF word. */
export type Credential = { readonly kind: 'token'; readonly token: string } | { readonly kind: 'cookie'; readonly csrf: string }

const KEY = 'tributary.token'

/** Takes a token out of `#token=…`, so that it stays neither in the address bar nor in the history. */
export function tokenFromAddress(location: Location, history: History): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null || token === '') return null
  history.replaceState(history.state, '', location.pathname + location.search)
  return token.trim()
}

/** Tokens live as long as the tab. */
export const keptToken = {
  read: (storage: Storage): string | null => storage.getItem(KEY),
  keep: (storage: Storage, token: string): void => storage.setItem(KEY, token),
  forget: (storage: Storage): void => storage.removeItem(KEY),
}

export const headersOf = (credential: Credential | null, method: string): Record<string, string> => {
  if (credential === null) return {}
  if (credential.kind === 'token') return { authorization: `Bearer ${credential.token}` }
  return method === 'GET' || method === 'HEAD' ? {} : { 'x-csrf-token': credential.csrf }
}
