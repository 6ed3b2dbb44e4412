import { fileIdentityStore } from './identity/file-identity-store.node.ts'
import type { IdentityStore } from './identity/identity.ts'
import { joinFederation as joinFromAnywhere } from './join-federation.ts'
import type { CoreJoinOptions, Participation } from './participation.ts'

export interface JoinOptions extends Omit<CoreJoinOptions, 'identity'> {
  /** Default: files in stateDir. */
  readonly identity?: IdentityStore | undefined
  /** Directory of saved identities; default ~/.local/share/tributary. */
  readonly stateDir?: string | undefined
}

/** As the core's joinFederation, with identities in files. */
export const joinFederation = ({
  stateDir,
  identity = fileIdentityStore(stateDir),
  ...options
}: JoinOptions): Promise<Participation> => joinFromAnywhere({ ...options, identity })
