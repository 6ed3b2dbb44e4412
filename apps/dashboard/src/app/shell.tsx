import { Suspense } from 'react'
import { NavLink, Outlet, useLocation } from 'react-router'
import { useSession } from '../session/session-context.tsx'
import { Boundary } from '../widgets/boundary.tsx'
import { Loading } from '../widgets/waiting.tsx'
import { useWords } from '../words/words.ts'
import styles from './shell.module.css'

const links = [
  ['/', 'nav.federations'],
  ['/runs', 'nav.runs'],
  ['/models', 'nav.models'],
  ['/settings', 'nav.settings'],
] as const

/** What stands around every page: skip link, head with the way to the pages, the page. */
export function Shell() {
  const { w } = useWords()
  const { session, signOut } = useSession()
  return (
    <>
      <a className={styles.skip} href="#main">
        {w('nav.skip')}
      </a>
      <header className={styles.head}>
        <span className={styles.brand}>Tributary</span>
        <nav aria-label={w('nav.label')} className={styles.nav}>
          {links.map(([to, word]) => (
            <NavLink key={to} to={to} end={to === '/'}>
              {w(word)}
            </NavLink>
          ))}
        </nav>
        {session == null ? null : (
          <div className="row">
            <span className="quiet">
              {session.who.name} ({w(`role.${session.who.role}`)})
            </span>
            <button type="button" className="button" onClick={() => void signOut()}>
              {w('sign-out')}
            </button>
          </div>
        )}
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        <Boundary at={useLocation().pathname} around="page">
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </Boundary>
      </main>
    </>
  )
}
