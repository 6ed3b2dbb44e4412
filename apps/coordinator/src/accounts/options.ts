import { readFile } from 'node:fs/promises'
import { federationIdSchema, roleSchema, TributaryError } from '@tributary/protocol'
import { z } from 'zod'

const webAddress = z.url({ protocol: /^https?$/ })

/** A single sign-on provider that speaks OpenID Connect. */
export const oidcOptionsSchema = z.strictObject({
  /** Stands in the addresses of its routes. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/),
  /** For the button of the sign-in page. */
  name: z.string().trim().min(1).max(60),
  /** Exactly as in its tokens; a plain http address only on this machine. */
  issuer: webAddress.refine(
    (issuer) => issuer.startsWith('https:') || isLoopback(new URL(issuer).hostname),
    'an issuer on another machine needs https',
  ),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** Admits whoever the provider knows, with this role; left out, only who is enrolled. */
  autoProvision: z
    .strictObject({ role: roleSchema.exclude(['admin']), federation: federationIdSchema })
    .nullable()
    .default(null),
})
export type OidcOptions = z.infer<typeof oidcOptionsSchema>

export const accountsOptionsSchema = z.strictObject({
  /** Where people reach this coordinator, when a proxy stands before it: for cookies, redirects and the check of origins. */
  publicUrl: webAddress.nullable().default(null),
  oidc: z.array(oidcOptionsSchema).default([]),
  /** A session ends after so long without a call. */
  idleSeconds: z
    .int()
    .min(1)
    .default(8 * 3_600),
  /** A session ends after so long in any case. */
  sessionSeconds: z
    .int()
    .min(1)
    .default(7 * 86_400),
})
export type AccountsOptions = z.infer<typeof accountsOptionsSchema>

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\./.test(host)

/**
 * Settings from the environment: TRIBUTARY_PUBLIC_URL; TRIBUTARY_OIDC_ISSUER with _CLIENT_ID, _CLIENT_SECRET_FILE, _NAME, and
 * _AUTO_ROLE with _AUTO_FEDERATION.
 * @throws config_invalid
 */
export async function accountsFromEnvironment(environment: NodeJS.ProcessEnv): Promise<AccountsOptions> {
  const { TRIBUTARY_PUBLIC_URL: publicUrl } = environment
  const oidc = await oidcFromEnvironment(environment)
  return checkedAccountsOptions({ ...(publicUrl ? { publicUrl } : {}), oidc: oidc === null ? [] : [oidc] })
}

/** @throws config_invalid */
export function checkedAccountsOptions(options: unknown): AccountsOptions {
  const parsed = accountsOptionsSchema.safeParse(options)
  if (parsed.success) return parsed.data
  const reason = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  throw new TributaryError('config_invalid', { setting: 'accounts', reason })
}

async function oidcFromEnvironment(environment: NodeJS.ProcessEnv): Promise<unknown> {
  const of = (name: string) => environment[`TRIBUTARY_OIDC_${name}`] || undefined
  const issuer = of('ISSUER')
  if (issuer === undefined) return null
  const required = (name: string): string => {
    const value = of(name)
    if (value === undefined)
      throw new TributaryError('config_invalid', { setting: `TRIBUTARY_OIDC_${name}`, reason: 'single sign-on needs it' })
    return value
  }
  const role = of('AUTO_ROLE')
  return {
    id: 'oidc',
    name: of('NAME') ?? new URL(issuer).hostname,
    issuer,
    clientId: required('CLIENT_ID'),
    clientSecret: await secretFrom(required('CLIENT_SECRET_FILE')),
    autoProvision: role === undefined ? null : { role, federation: required('AUTO_FEDERATION') },
  }
}

async function secretFrom(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    const reason = `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`
    throw new TributaryError('config_invalid', { setting: 'TRIBUTARY_OIDC_CLIENT_SECRET_FILE', reason })
  }
}
