import { useQueryClient } from '@tanstack/react-query'
import {
  callerActionSchema,
  type Language,
  meSchema,
  routes,
  type Session as SessionAnswer,
  sessionSchema,
} from '@tributary/protocol'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { z } from 'zod'
import { type Caller, call, callForJson, SIGNED_OUT } from '../api/call.ts'
import { type Credential, keptToken } from './credential.ts'

/** A coordinator that knows no people yet tells no actions. */
const whoSchema = meSchema.extend({ allowedActions: z.array(callerActionSchema).default([]) })
export type Who = z.infer<typeof whoSchema>

export interface Session {
  readonly credential: Credential
  readonly who: Who
  /** null with a token. */
  readonly people: SessionAnswer | null
}
interface SessionState {
  /** undefined until it is known whether somebody is signed in. */
  readonly session: Session | null | undefined
  readonly caller: Caller
  readonly signInWithToken: (token: string) => Promise<void>
  readonly signInWithPassword: (name: string, password: string) => Promise<void>
  /** Reads the cookie's session again, after a change of the password. */
  readonly readSession: () => Promise<void>
  readonly signOut: () => Promise<void>
}
const Context = createContext<SessionState | null>(null)

const fromAnswer = (people: SessionAnswer): Session => ({
  credential: { kind: 'cookie', csrf: people.csrf },
  who: people,
  people,
})

export function SessionProvider({
  language,
  initialToken,
  children,
}: {
  language: Language
  initialToken: string | null
  children: ReactNode
}) {
  const [session, setSession] = useState<Session | null | undefined>(undefined)
  const callerWith = useCallback(
    (credential: Credential | null): Caller => ({ credential, language, fetch: (input, init) => fetch(input, init) }),
    [language],
  )
  const queries = useQueryClient()
  /** What was answered to one person is not shown to the next one in this tab. */
  const end = useCallback(() => {
    queries.clear()
    keptToken.forget(sessionStorage)
    setSession(null)
  }, [queries])
  const value = useMemo<SessionState>(() => {
    const signInWithToken = async (token: string) => {
      const credential: Credential = { kind: 'token', token }
      const who = await call(callerWith(credential), whoSchema, { path: routes.me })
      keptToken.keep(sessionStorage, token)
      setSession({ credential, who, people: null })
    }
    const readSession = async () => {
      const answer = await call(callerWith(null), sessionSchema, { path: routes.session })
      setSession(fromAnswer(answer))
    }
    return {
      session,
      caller: callerWith(session?.credential ?? null),
      signInWithToken,
      readSession,
      signInWithPassword: async (name, password) => {
        const json = { name, password }
        const answer = await call(callerWith(null), sessionSchema, { method: 'POST', path: routes.session, json })
        keptToken.forget(sessionStorage)
        setSession(fromAnswer(answer))
      },
      signOut: async () => {
        if (session?.credential.kind === 'cookie')
          await callForJson(callerWith(session.credential), { method: 'DELETE', path: routes.session }).catch(() => {})
        end()
      },
    }
  }, [session, callerWith, end])
  const { signInWithToken, readSession } = value
  useEffect(() => {
    if (session !== undefined) return
    const attempt = initialToken === null ? readSession() : signInWithToken(initialToken)
    attempt.catch(() => setSession((now) => now ?? null))
  }, [session, initialToken, signInWithToken, readSession])
  useEffect(() => {
    addEventListener(SIGNED_OUT, end)
    return () => removeEventListener(SIGNED_OUT, end)
  }, [end])
  return <Context value={value}>{children}</Context>
}

export function useSession(): SessionState {
  const state = useContext(Context)
  if (state === null) throw new Error('outside of SessionProvider')
  return state
}

/** Who is signed in, on pages that only they see. */
export function useSignedIn(): SessionState & { readonly session: Session } {
  const state = useSession()
  if (state.session === null || state.session === undefined) throw new Error('nobody is signed in')
  return { ...state, session: state.session }
}
