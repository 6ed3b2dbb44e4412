import type { VerticalRun } from '@tributary/protocol'
import { formatNumber, NONE } from '../../format/numbers.ts'
import { Fact } from '../../widgets/fact.tsx'
import { useWords } from '../../words/words.ts'

/** Classical security of the Homomorphic Encryption Standard (2018), table 1: bits of q at most for 128 bits of security. */
const MOST_BITS_AT_128: Readonly<Record<number, number>> = { 8192: 218, 16384: 438 }

/** Parameters of the encryption as all parties signed them. */
export function Parameters({ run }: { run: VerticalRun }) {
  const { w, language } = useWords()
  const he = run.manifest?.he
  const bits = he?.primeBits.reduce((sum, one) => sum + one, 0) ?? 0
  return (
    <section aria-labelledby="parameters">
      <h2 id="parameters">{w('vertical.parameters')}</h2>
      {he === undefined ? (
        <p>{w('vertical.no-manifest')}</p>
      ) : (
        <dl className="facts">
          <Fact name={w('vertical.scheme')}>BFV</Fact>
          <Fact name="N">{he.ringDegree}</Fact>
          <Fact name={`t (${he.plainModulusBits} bit)`}>{he.plainModulus}</Fact>
          <Fact name={w('vertical.modulus')}>{he.primeBits.join(' + ')} bit</Fact>
          <Fact name={w('vertical.security')}>
            {bits <= (MOST_BITS_AT_128[he.ringDegree] ?? 0)
              ? w('vertical.security-128', { bits })
              : w('vertical.security-less', { bits })}
          </Fact>
          <Fact name={w('vertical.scale')}>
            2^{run.settings.fixedPoint.fx}, 2^{run.settings.fixedPoint.fu}
          </Fact>
          <Fact name={w('vertical.keys')}>{he.keysPerStep}</Fact>
          <Fact name="λ">{formatNumber(run.settings.lambda, language)}</Fact>
          <Fact name={w('vertical.manifest')}>
            <code title={run.manifestSha256 ?? ''}>{run.manifestSha256?.slice(0, 16) ?? NONE}</code>
          </Fact>
        </dl>
      )}
    </section>
  )
}
