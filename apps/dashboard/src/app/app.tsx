import { I18nProvider } from '@lingui/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { TributaryError } from '@tributary/protocol'
import { type ReactNode, Suspense } from 'react'
import { BrowserRouter, Navigate, Outlet, Route, Routes, useLocation } from 'react-router'
import { SessionProvider, useSession } from '../session/session-context.tsx'
import type { Preferences } from '../style/preferences.ts'
import { Boundary } from '../widgets/boundary.tsx'
import { lazyPart } from '../widgets/lazy-part.ts'
import { Loading } from '../widgets/waiting.tsx'
import { i18n } from '../words/words.ts'
import { AnnouncerProvider } from './announcer.tsx'
import { PreferencesProvider, usePreferences } from './preferences-context.tsx'
import { Shell } from './shell.tsx'

const SignIn = lazyPart(() => import('../pages/sign-in/sign-in.tsx'))
const Federations = lazyPart(() => import('../pages/federations/federations.tsx'))
const Federation = lazyPart(() => import('../pages/federation/federation.tsx'))
const Runs = lazyPart(() => import('../pages/runs/runs.tsx'))
const RunPage = lazyPart(() => import('../pages/run/run-page.tsx'))
const Compare = lazyPart(() => import('../pages/compare/compare.tsx'))
const VerticalRun = lazyPart(() => import('../pages/vertical-run/vertical-run.tsx'))
const Models = lazyPart(() => import('../pages/models/models.tsx'))
const Settings = lazyPart(() => import('../pages/settings/settings.tsx'))
const Participant = lazyPart(() => import('../participant/index.tsx'))
const NewPassword = lazyPart(() => import('../pages/settings/new-password.tsx'))
const NotFound = lazyPart(() => import('../pages/not-found.tsx'))

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (failures, error) => failures < 3 && (!(error instanceof TributaryError) || error.retryable),
    },
  },
})

export function App({ preferences, token }: { preferences: Preferences; token: string | null }) {
  return (
    <I18nProvider i18n={i18n}>
      <QueryClientProvider client={queries}>
        <PreferencesProvider initial={preferences}>
          <AnnouncerProvider>
            <WithSession token={token}>
              <BrowserRouter>
                <Pages />
              </BrowserRouter>
            </WithSession>
          </AnnouncerProvider>
        </PreferencesProvider>
      </QueryClientProvider>
    </I18nProvider>
  )
}

function WithSession({ token, children }: { token: string | null; children: ReactNode }) {
  const { language } = usePreferences().preferences
  return (
    <SessionProvider language={language} initialToken={token}>
      {children}
    </SessionProvider>
  )
}

function Pages() {
  return (
    <Boundary at={useLocation().pathname} around="all">
      <Suspense fallback={<Loading />}>
        <Routes>
          <Route path="/sign-in" element={<SignIn />} />
          <Route path="/join" element={<Participant />} />
          <Route path="/take-part" element={<Participant />} />
          <Route element={<SignedIn />}>
            <Route element={<Shell />}>
              <Route path="/" element={<Federations />} />
              <Route path="/federations/:id" element={<Federation />} />
              <Route path="/runs" element={<Runs />} />
              <Route path="/runs/:id" element={<RunPage />} />
              <Route path="/compare" element={<Compare />} />
              <Route path="/vertical-runs/:id" element={<VerticalRun />} />
              <Route path="/models" element={<Models />} />
              <Route path="/settings" element={<Settings />} />
              <Route path="*" element={<NotFound />} />
            </Route>
          </Route>
        </Routes>
      </Suspense>
    </Boundary>
  )
}

/** The pages behind the sign-in; whoever comes without goes there, and back when it is done. */
function SignedIn() {
  const { session } = useSession()
  const { pathname, search } = useLocation()
  if (session === undefined) return <Loading />
  if (session === null) return <Navigate to="/sign-in" replace state={{ back: pathname + search }} />
  if (session.people?.mustChangePassword === true) return <NewPassword />
  return <Outlet />
}
