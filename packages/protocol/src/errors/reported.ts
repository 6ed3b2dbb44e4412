import { catalogue, type ErrorCode } from './catalogue.ts'
import { plainWords } from './plain-words.ts'
import { describe, type ErrorDetails, isErrorCode, type Language } from './tributary-error.ts'

/** Codes of a run that a party ended: what it gave as its own code and reason stands in the details. */
const PASSED_ON: ReadonlySet<string> = new Set<ErrorCode>(['slr_aborted', 'slr_refused'])

/** Why a party ended a run: by its code in the catalogue's words. What it wrote itself is a detail, never the sentence. */
export interface ReportedFailure {
  readonly by: string
  readonly code: ErrorCode
  readonly party: string
  readonly phase: string
  readonly message: string
  readonly nextStep: string
  /** The party's own words, in one plain line. */
  readonly words: string
}

/** @returns null when no party reported a code that the catalogue has */
export function reportedFailure(
  { code, details }: { readonly code: string; readonly details: Readonly<Record<string, unknown>> },
  language: Language = 'en',
): ReportedFailure | null {
  const { code: given, name, reason } = details
  if (!PASSED_ON.has(code) || typeof given !== 'string' || !isErrorCode(given)) return null
  const { party, phase } = catalogue[given]
  const by = plainWords(typeof name === 'string' ? name : '?')
  const words = plainWords(typeof reason === 'string' ? reason : '')
  return { by, code: given, party, phase, ...withoutDetails(given, language), words }
}

/** The catalogue's texts without the reporter's details: their places are left open, but for those that are `known` to all. */
export function withoutDetails(
  code: ErrorCode,
  language: Language = 'en',
  known: ErrorDetails = {},
): { message: string; nextStep: string } {
  const { cause, nextStep } = catalogue[code]
  const places = [cause[language], nextStep[language]].flatMap((text) => text.match(/\{\w+\}/g) ?? [])
  const open: ErrorDetails = Object.fromEntries(places.map((place) => [place.slice(1, -1), '…']))
  return describe(code, { ...open, ...known }, language)
}
