import { useState } from 'react'
import { formatBytes, formatCount } from '../../format/numbers.ts'
import { formatSeconds } from '../../format/times.ts'
import type { VerticalState } from '../../live-store/index.ts'
import { Listing } from '../../widgets/listing.tsx'
import { Choice } from '../../widgets/look.tsx'
import { useWords } from '../../words/words.ts'

/** Messages of a step, lane by lane: from whom to whom, how many, how large, from when to when. Their content is sealed. */
export function Lanes({ state }: { state: VerticalState }) {
  const { w, language } = useWords()
  const lanes = [...state.lanes.values()]
  const steps = [...new Set(lanes.map(({ step }) => step))].sort((a, b) => a - b)
  const [asked, setAsked] = useState<string>('')
  const step = steps.find((one) => String(one) === asked) ?? steps.at(-1)
  if (step === undefined) return null
  const shown = lanes.filter((lane) => lane.step === step).sort((a, b) => a.firstAt.localeCompare(b.firstAt))
  const start = Math.min(...shown.map(({ firstAt }) => Date.parse(firstAt)))
  const since = (at: string) => formatSeconds((Date.parse(at) - start) / 1000, language)
  return (
    <section aria-labelledby="lanes">
      <div className="row spread">
        <h2 id="lanes">{w('vertical.lanes')}</h2>
        <Choice
          label={w('vertical.step')}
          value={String(step)}
          options={steps.map((one) => [String(one), one === 0 ? w('vertical.step-zero') : String(one)] as const)}
          onChange={setAsked}
        />
      </div>
      <Listing
        label={w('vertical.lanes')}
        columns={[
          w('vertical.lane'),
          w('vertical.kind'),
          { number: w('vertical.messages') },
          { number: w('run.bytes') },
          w('vertical.from-to'),
        ]}
      >
        {shown.map((lane) => (
          <tr key={`${lane.kind}/${lane.from}/${lane.to}`}>
            <th scope="row">
              {lane.from} → {lane.to}
            </th>
            <td>
              <code>{lane.kind}</code>
            </td>
            <td data-kind="number">{formatCount(lane.count, language)}</td>
            <td data-kind="number">{formatBytes(lane.bytes, language)}</td>
            <td>
              {since(lane.firstAt)} – {since(lane.lastAt)}
            </td>
          </tr>
        ))}
      </Listing>
    </section>
  )
}
