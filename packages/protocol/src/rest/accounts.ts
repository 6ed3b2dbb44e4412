import { z } from 'zod'
import {
  accountIdSchema,
  federationIdSchema,
  inviteIdSchema,
  participantIdSchema,
  roleSchema,
  runIdSchema,
  tokenIdSchema,
} from '../ids.ts'
import { meSchema } from './resources.ts'

/* People: accounts with a password or a single sign-on, their sessions and tokens, and what administrators did. */

const at = z.iso.datetime()

/** Cookie of a session. */
export const SESSION_COOKIE = 'tributary_session'
/** Header of each call that changes something and is made with the cookie; its value is the session's `csrf`. */
export const CSRF_HEADER = 'x-csrf-token'
/** Code points that a password has at least. */
export const SHORTEST_PASSWORD = 12

/** What somebody signs in with: letters and digits of any script, `.`, `_`, `@`, `-`. Compared in lower case (NFKC). */
export const accountNameSchema = z
  .string()
  .max(200)
  .transform((name) => name.normalize('NFKC').trim().toLowerCase())
  .pipe(z.string().regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@-]{0,62}$/u, 'use letters, digits and . _ @ - (at most 63)'))

/** Any text; what a good one is, the coordinator says with `password_weak`. */
export const passwordSchema = z.string().min(1).max(256)

export const signInSchema = z.strictObject({ name: z.string().min(1).max(200), password: passwordSchema })
export type SignInRequest = z.infer<typeof signInSchema>

/** What this caller may do that belongs to no single resource. Who cannot see it here is refused by the server. */
export const callerActionSchema = z.enum(['createFederation', 'manageUsers', 'readAudit', 'manageTokens', 'changePassword'])
export type CallerAction = z.infer<typeof callerActionSchema>

/** Answer to GET /me. */
export const callerSchema = meSchema.extend({ allowedActions: z.array(callerActionSchema) })
export type CallerAccount = z.infer<typeof callerSchema>

export const sessionSchema = z.object({
  account: accountIdSchema,
  name: z.string(),
  role: roleSchema,
  /** null for who belongs to the whole coordinator. */
  federation: federationIdSchema.nullable(),
  /** The participant that this account's institution is; it alone is shown whole to an institution. */
  participant: participantIdSchema.nullable(),
  csrf: z.string(),
  /** When it ends at the latest; without a call for a while, it ends before. */
  expiresAt: at,
  /** Until it has changed its password, the account may do nothing else. */
  mustChangePassword: z.boolean(),
  /** False for who signs in by a provider only. */
  hasPassword: z.boolean(),
  allowedActions: z.array(callerActionSchema),
})
export type Session = z.infer<typeof sessionSchema>

export const changePasswordSchema = z.strictObject({ old: passwordSchema, new: passwordSchema })
export type ChangePassword = z.infer<typeof changePasswordSchema>

export const authProvidersSchema = z.object({
  password: z.boolean(),
  oidc: z.array(z.object({ id: z.string(), name: z.string() })),
})
export type AuthProviders = z.infer<typeof authProvidersSchema>
/** Where to go after a single sign-on: a path of this coordinator. */
export const oidcStartQuerySchema = z.strictObject({ return: z.string().max(500).default('/') })

/** Whom to admit at a first single sign-on: the one with this verified e-mail address or this subject at the provider. */
export const enrolmentSchema = z
  .strictObject({
    provider: z.string().min(1).max(40),
    email: z
      .string()
      .max(254)
      .transform((email) => email.trim().toLowerCase())
      .pipe(z.email())
      .nullable()
      .default(null),
    subject: z.string().min(1).max(255).nullable().default(null),
  })
  .refine(({ email, subject }) => (email === null) !== (subject === null), 'give an e-mail address or a subject')
export type Enrolment = z.infer<typeof enrolmentSchema>

export const userActionSchema = z.enum(['changeRole', 'disable', 'enable', 'resetPassword'])
export const userSchema = z.object({
  account: accountIdSchema,
  name: z.string(),
  role: roleSchema,
  federation: federationIdSchema.nullable(),
  participant: participantIdSchema.nullable(),
  state: z.enum(['active', 'disabled']),
  hasPassword: z.boolean(),
  mustChangePassword: z.boolean(),
  /** `pending`: enrolled, and has not signed in yet. */
  singleSignOn: z.object({ provider: z.string(), state: z.enum(['pending', 'linked']) }).nullable(),
  createdAt: at,
  lastSignInAt: at.nullable(),
  /** Sign-ins are refused until then, after too many failures. */
  lockedUntil: at.nullable(),
  allowedActions: z.array(userActionSchema),
})
export type User = z.infer<typeof userSchema>
/** A password that the coordinator has chosen is shown once; only its hash is stored. */
export const userWithPasswordSchema = userSchema.extend({ password: z.string().nullable() })
export type UserWithPassword = z.infer<typeof userWithPasswordSchema>

export const createUserSchema = z.strictObject({
  name: accountNameSchema,
  role: roleSchema,
  /** null: for the whole coordinator, which only an admin can be. */
  federation: federationIdSchema.nullable().default(null),
  /** For an institution: which participant it is. */
  participant: participantIdSchema.nullable().default(null),
  /** Left out: the coordinator chooses one, which is to be changed at the first sign-in. null: single sign-on only. */
  password: passwordSchema.nullable().optional(),
  /** For a password that is given. */
  mustChangePassword: z.boolean().default(true),
  singleSignOn: enrolmentSchema.nullable().default(null),
})
export type CreateUser = z.input<typeof createUserSchema>

/** Every change but that of nothing ends the account's sessions. */
export const changeUserSchema = z
  .strictObject({
    role: roleSchema.optional(),
    disabled: z.boolean().optional(),
    /** The coordinator chooses a password, which is to be changed at the next sign-in; also ends a lock. */
    resetPassword: z.literal(true).optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'nothing to change')
export type ChangeUser = z.infer<typeof changeUserSchema>

export const createTokenSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  expiresInSeconds: z
    .int()
    .min(60)
    .max(366 * 86_400)
    .default(90 * 86_400),
})
export type CreateToken = z.input<typeof createTokenSchema>

export const tokenSchema = z.object({
  id: tokenIdSchema,
  account: accountIdSchema,
  name: z.string(),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: at,
  expiresAt: at,
  /** To the minute. */
  lastUsedAt: at.nullable(),
  allowedActions: z.array(z.enum(['revoke'])),
})
export type Token = z.infer<typeof tokenSchema>
/** The token itself is shown once; only its hash is stored. */
export const newTokenSchema = tokenSchema.extend({ token: z.string() })
export type NewToken = z.infer<typeof newTokenSchema>
export const tokensQuerySchema = z.strictObject({
  /** Whose; left out, the caller's own. Others' are for admins. */
  account: accountIdSchema.optional(),
})

export const adminAuditActionSchema = z.enum([
  'federation.create',
  'invite.create',
  'invite.revoke',
  'participant.leave',
  'run.create',
  'run.action',
  'vertical.create',
  'vertical.action',
  'user.create',
  'user.change',
  'token.create',
  'token.revoke',
  'session.start',
  'session.end',
  'session.locked',
  'password.change',
])
export type AdminAuditAction = z.infer<typeof adminAuditActionSchema>

/** Something that was done or tried. `seq` is gapless from 1 over the whole coordinator. */
export const adminAuditEntrySchema = z.object({
  seq: z.int().min(1),
  at,
  action: adminAuditActionSchema,
  /** Who; null for somebody who was not signed in. */
  account: accountIdSchema.nullable(),
  name: z.string().nullable(),
  /** By session, personal token, or an account's own token. */
  by: z.enum(['session', 'personal-token', 'token', 'nobody']),
  address: z.string(),
  /** The federation that it belongs to, if one. */
  federation: federationIdSchema.nullable(),
  /** The id of what was acted on. */
  target: z.union([accountIdSchema, federationIdSchema, inviteIdSchema, runIdSchema, tokenIdSchema]).nullable(),
  /** What it was to become: never a secret. */
  details: z.record(z.string(), z.unknown()),
  result: z.enum(['done', 'refused', 'failed']),
  /** The code of a refusal. */
  code: z.string().nullable(),
})
export type AdminAuditEntry = z.infer<typeof adminAuditEntrySchema>

export const adminAuditQuerySchema = z.strictObject({
  /** Entries with seq < before. */
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})
/** Newest first. An admin of one federation sees that federation's entries only, which then have gaps. */
export const adminAuditPageSchema = z.object({ headSeq: z.int().min(0), entries: z.array(adminAuditEntrySchema) })
export type AdminAuditPage = z.infer<typeof adminAuditPageSchema>
