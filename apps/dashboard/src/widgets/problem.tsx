import {
  describe,
  type ErrorBody,
  type ErrorDetails,
  isErrorCode,
  type Language,
  reportedFailure,
  TributaryError,
} from '@tributary/protocol'
import { useWords, type WordId } from '../words/words.ts'

const PARTIES = new Set(['institution', 'coordinator', 'key-service', 'admin', 'researcher', 'network'])

/** A refusal or a failure: what, whose, in which phase, and what to do next, in the reader's language. */
export function Problem({ error, names = [] }: { error: unknown; names?: readonly string[] }) {
  const { w, language } = useWords()
  const body = bodyOf(error)
  // Of a run that a party ended, its code says what, who mends it and how; its own words are a detail.
  const reported = reportedFailure(body, language)
  const { message, nextStep } = reported ?? textsOf(body, language)
  const { party: role, phase, code } = reported ?? body
  const party = PARTIES.has(role) ? w(`party.${role}` as WordId) : role
  const who = reported === null ? names : [reported.by]
  return (
    <div className="notice" data-kind="bad" role="alert">
      <p>
        <strong>{message}</strong>
      </p>
      <p>{nextStep}</p>
      <p className="quiet">
        {w('problem.who', { who: who.length === 0 ? party : `${party} (${who.join(', ')})`, phase })} · <code>{code}</code>
      </p>
      {reported === null || reported.words === '' ? null : (
        <p className="quiet">{w('problem.words', { name: reported.by, words: reported.words })}</p>
      )}
    </div>
  )
}

export function bodyOf(error: unknown): ErrorBody {
  if (error instanceof TributaryError) return error.toBody()
  if (typeof error === 'object' && error !== null && 'code' in error && 'nextStep' in error) return error as ErrorBody
  return new TributaryError('unexpected', { reason: error instanceof Error ? error.message : String(error) }).toBody()
}

const textsOf = (body: ErrorBody, language: Language): { message: string; nextStep: string } =>
  isErrorCode(body.code) ? describe(body.code, body.details as ErrorDetails, language) : body

/** What is wrong, as a sentence in the reader's language. */
export const errorWords = (body: ErrorBody, language: Language): string => textsOf(body, language).message
