import { TributaryError } from '@tributary/protocol'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import type { OidcOptions } from './options.ts'

/** What must come back from the provider for this one attempt. */
export interface Expectation {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Who signed in at the provider. */
export interface ProviderIdentity {
  readonly subject: string
  /** Lower case; null unless the provider has verified it. */
  readonly email: string | null
  /** What the person is called there. */
  readonly called: string | null
}

const SECONDS_TO_ANSWER = 10

/**
 * One OpenID Connect provider: authorization code with PKCE (RFC 7636), state and nonce. Its issuer is pinned by the settings and
 * checked in the discovered metadata and in each ID token by openid-client.
 */
export class OidcProvider {
  readonly options: OidcOptions
  #configuration: Promise<Configuration> | null = null

  constructor(options: OidcOptions) {
    this.options = options
  }

  /** @throws oidc_unavailable, oidc_failed */
  async begin(redirectUri: string): Promise<{ url: URL; expectation: Expectation }> {
    const configuration = await this.#discovered()
    const expectation = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state: expectation.state,
      nonce: expectation.nonce,
      code_challenge: await calculatePKCECodeChallenge(expectation.verifier),
      code_challenge_method: 'S256',
    })
    return { url, expectation }
  }

  /** @param callback address that the browser was sent back to @throws oidc_unavailable, oidc_failed */
  async finish(callback: URL, { state, nonce, verifier }: Expectation): Promise<ProviderIdentity> {
    const configuration = await this.#discovered()
    return this.#speak(async () => {
      const tokens = await authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new TributaryError('oidc_failed', { reason: 'no ID token' })
      const { sub: subject } = claims
      const known = 'email' in claims ? claims : await this.#userInfo(configuration, tokens.access_token, subject)
      const { email, email_verified: verified, preferred_username: called } = { ...known, ...claims }
      return {
        subject,
        email: typeof email === 'string' && verified === true ? email.trim().toLowerCase() : null,
        called: typeof called === 'string' ? called : null,
      }
    })
  }

  async #userInfo(configuration: Configuration, accessToken: string, subject: string): Promise<Record<string, unknown>> {
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return {}
    return { ...(await fetchUserInfo(configuration, accessToken, subject)) }
  }

  /** Asked for once, when first needed: a provider that is away does not keep the coordinator from starting. */
  #discovered(): Promise<Configuration> {
    if (this.#configuration !== null) return this.#configuration
    const { issuer, clientId, clientSecret } = this.options
    const url = new URL(issuer)
    // The settings allow plain http for this machine only.
    const execute = url.protocol === 'http:' ? [allowInsecureRequests] : []
    const found = this.#speak(async () => {
      const configuration = await discovery(url, clientId, clientSecret, undefined, { execute, timeout: SECONDS_TO_ANSWER })
      if (configuration.serverMetadata().issuer !== issuer)
        throw new TributaryError('oidc_failed', { reason: 'the provider calls itself otherwise' })
      return configuration
    })
    this.#configuration = found
    found.catch(() => {
      this.#configuration = null
    })
    return found
  }

  async #speak<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof TributaryError) throw error
      const { code = 'unknown', error: reason } = error as { code?: string; error?: string }
      if (error instanceof TypeError || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT')
        throw new TributaryError('oidc_unavailable', { provider: this.options.name }, { cause: error })
      throw new TributaryError('oidc_failed', { reason: typeof reason === 'string' ? reason : code }, { cause: error })
    }
  }
}
