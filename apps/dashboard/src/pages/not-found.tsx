import { Link } from 'react-router'
import { useTitle } from '../app/title.ts'
import { useWords } from '../words/words.ts'

export default function NotFound() {
  const { w } = useWords()
  useTitle(w('not-found.title'))
  return (
    <>
      <h1>{w('not-found.title')}</h1>
      <p>
        <Link to="/">{w('nav.federations')}</Link>
      </p>
    </>
  )
}
