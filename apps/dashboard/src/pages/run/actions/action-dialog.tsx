import { useQueryClient } from '@tanstack/react-query'
import { type RunAction, type RunActionName, runActionSchema } from '@tributary/protocol'
import { useState } from 'react'
import { act } from '../../../api/queries.ts'
import type { HorizontalRun } from '../../../live-store/index.ts'
import { useSignedIn } from '../../../session/session-context.tsx'
import { useAttempt } from '../../../widgets/attempt.ts'
import { QuestionDialog } from '../../../widgets/dialog.tsx'
import { freshKey } from '../../../widgets/fresh-key.ts'
import { Choice } from '../../../widgets/look.tsx'
import { Problem } from '../../../widgets/problem.tsx'
import { useWords } from '../../../words/words.ts'

const minutes = ['1', '5', '15'] as const

/** Asks for the reason, and what else the action needs; the same dialog sent twice does it once. */
export function ActionDialog({ action, state, onClose }: { action: RunActionName; state: HorizontalRun; onClose: () => void }) {
  const { w } = useWords()
  const { caller } = useSignedIn()
  const queries = useQueryClient()
  const { error, isBusy, run: attempt } = useAttempt()
  const [idempotencyKey] = useState(freshKey)
  const [extension, setExtension] = useState<(typeof minutes)[number]>('5')
  const { run, rounds } = state
  const members = rounds.at(-1)?.participants ?? []
  const [participant, setParticipant] = useState<string>(members[0]?.participant ?? '')
  const [typed, setTyped] = useState('')
  const isTyped = action !== 'cancel' || typed === run.name
  const chosen = members.find((one) => one.participant === participant)
  const submit = (form: FormData) =>
    attempt(async () => {
      const plain = { action, reason: String(form.get('reason')), idempotencyKey }
      const full = {
        ...plain,
        ...(action === 'extend' ? { seconds: 60 * Number(extension) } : {}),
        ...(action === 'exclude' ? { participant } : {}),
      }
      const body: RunAction = runActionSchema.parse(full)
      await act(caller, run.id, body)
      await queries.invalidateQueries()
      onClose()
    })
  return (
    <QuestionDialog title={`${w(`action.${action}`)}: ${run.name}`} isOpen onClose={onClose}>
      <p>{w(`action.about.${action}`)}</p>
      <form action={async (form) => void (await submit(form))}>
        {action === 'extend' ? (
          <Choice
            label={w('action.by-minutes')}
            value={extension}
            options={minutes.map((one) => [one, w('action.minutes', { minutes: Number(one) })] as const)}
            onChange={setExtension}
          />
        ) : null}
        {action === 'exclude' ? (
          <>
            <Choice
              label={w('members.name')}
              value={participant}
              options={members.map((one) => [one.participant as string, one.name] as const)}
              onChange={setParticipant}
            />
            <p className="notice">
              {w(
                run.phase === 'training' || chosen?.state !== 'accepted' ? 'action.exclude-uncounted' : 'action.exclude-counted',
              )}
            </p>
          </>
        ) : null}
        <label className="field">
          <span>{w('action.reason')}</span>
          <input className="input" name="reason" required maxLength={500} autoComplete="off" />
        </label>
        {action === 'cancel' ? (
          <label className="field">
            <span>{w('action.type-name', { name: run.name })}</span>
            <input className="input" value={typed} onChange={({ target }) => setTyped(target.value)} autoComplete="off" />
          </label>
        ) : null}
        {error === null ? null : <Problem error={error} />}
        <button
          type="submit"
          className="button"
          data-kind={action === 'cancel' ? 'danger' : 'main'}
          disabled={isBusy || !isTyped}
        >
          {w('action.confirm', { action: w(`action.${action}`) })}
        </button>
      </form>
    </QuestionDialog>
  )
}
