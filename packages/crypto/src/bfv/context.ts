import { type HeParameters, TributaryError } from '@tributary/protocol'
import { Handles, scoped } from './handles.ts'
import {
  type BatchEncoder,
  type ContextData,
  type Evaluator,
  loadSeal,
  type MainModule,
  type ParmsIdType,
  type SEALContext,
} from './seal-module.ts'
import { SerialisedForm, save, saved } from './serialised-form.ts'

/** BFV with one set of parameters: what SEAL precomputes, and the forms of everything that travels. */
export interface BfvContext extends Disposable {
  readonly seal: MainModule
  readonly context: SEALContext
  readonly encoder: BatchEncoder
  readonly evaluator: Evaluator
  /** N. */
  readonly ringDegree: number
  /** t. */
  readonly modulus: bigint
  readonly freshLevel: ParmsIdType
  readonly openingLevel: ParmsIdType
  readonly forms: {
    readonly ciphertext: SerialisedForm
    readonly opening: SerialisedForm
    readonly publicKey: SerialisedForm
    readonly secretKey: SerialisedForm
  }
}

/**
 * Takes 0.3 s at N = 8192 and 1 s at 16384.
 *
 * @throws TributaryError slr_params when SEAL refuses the parameters (not secure, no slots, no such primes).
 */
export async function createContext(he: HeParameters): Promise<BfvContext> {
  const seal = await loadSeal()
  const handles = new Handles()
  try {
    return build(seal, he, handles)
  } catch (error) {
    handles[Symbol.dispose]()
    if (error instanceof TributaryError) throw error
    throw new TributaryError('slr_params', { reason: 'the encryption library refuses them' }, { cause: error })
  }
}

function build(seal: MainModule, he: HeParameters, handles: Handles): BfvContext {
  const context = handles.own(sealContext(seal, he))
  const usable = scoped((own) => {
    const qualifiers = own(own(context.keyContextData()).qualifiers())
    return context.parametersSet() && qualifiers.usingBatching && qualifiers.securityLevel.value >= 128
  })
  if (!usable) throw new TributaryError('slr_params', { reason: 'the encryption library refuses them' })
  const evaluator = handles.own(new seal.Evaluator(context))
  const freshLevel = handles.own(context.firstParmsId())
  const openingLevel = handles.own(levelWith(context, he.openingPrimes))
  return {
    seal,
    context,
    encoder: handles.own(new seal.BatchEncoder(context)),
    evaluator,
    ringDegree: he.ringDegree,
    modulus: BigInt(he.plainModulus),
    freshLevel,
    openingLevel,
    forms: exampleForms(seal, context, evaluator, openingLevel),
    [Symbol.dispose]: () => handles[Symbol.dispose](),
  }
}

function sealContext(seal: MainModule, he: HeParameters): SEALContext {
  return scoped((own) => {
    const parameters = own(new seal.EncryptionParameters(seal.SchemeType.bfv))
    parameters.setPolyModulusDegree(he.ringDegree)
    parameters.setCoeffModulus(own(seal.CoeffModulus.Create(he.ringDegree, Int32Array.from(he.primeBits))))
    parameters.setPlainModulus(own(new seal.Modulus(BigInt(he.plainModulus))))
    return new seal.SEALContext(parameters, true, seal.SecLevelType.tc128)
  })
}

/** Id of the level that still has `primes` data primes. A level below t does not exist, so levels cannot be counted from the last. */
function levelWith(context: SEALContext, primes: number): ParmsIdType {
  return scoped((own) => {
    const primesOf = (data: ContextData) => own(own(data.parms()).coeffModulus()).size()
    let data = own(context.firstContextData())
    while (primesOf(data) > primes && data.chainIndex() > 0) data = own(data.nextContextData())
    if (primesOf(data) !== primes) throw new TributaryError('slr_params', { reason: `no level with ${primes} primes` })
    return data.parmsId()
  })
}

/** Measures the forms on a throw-away key pair. */
function exampleForms(seal: MainModule, context: SEALContext, evaluator: Evaluator, openingLevel: ParmsIdType) {
  return scoped((own) => {
    const generator = own(new seal.KeyGenerator(context))
    const encryptor = own(new seal.Encryptor(context, own(generator.createPublicKey())))
    const zero = own(new seal.Ciphertext())
    encryptor.encryptZero(zero)
    const ciphertext = SerialisedForm.ofCiphertext(save(seal, zero))
    evaluator.cipherModSwitchToInplace(zero, openingLevel)
    return {
      ciphertext,
      opening: SerialisedForm.ofCiphertext(save(seal, zero)),
      publicKey: SerialisedForm.ofCiphertext(saved(seal, () => generator.createPublicKeySerializable())),
      secretKey: SerialisedForm.ofSecretKey(saved(seal, () => generator.secretKey())),
    }
  })
}
