import { statSync } from 'node:fs'
import { type CompiledPolicy, InvalidOptionsError } from '@respond-once/core'
import { compilePolicyFile } from '@respond-once/core/policy-file'

const WANTED = 'the file of a policy, as JSON or as a module'

/** Of a folder, and of a module that is not there, Node says that it found no module, and whose require asked for it. */
function plainly(file: string, error: InvalidOptionsError): InvalidOptionsError {
  const [problem] = error.problems
  if (problem?.path !== file || !problem.found.includes('Cannot find module')) return error
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats?.isFile() === true) return error
  const found = stats?.isDirectory() === true ? 'a folder' : 'a file that is not there'
  return new InvalidOptionsError([{ path: file, found, allowed: WANTED }])
}

/** A policy in a file, or what is wrong with it. */
export function readPolicy(file: string, environment?: string): CompiledPolicy | InvalidOptionsError {
  // As a path it would be the folder that we are in.
  if (file === '') return new InvalidOptionsError([{ path: 'file', found: 'an empty name', allowed: WANTED }])
  try {
    return compilePolicyFile(file, environment === undefined ? {} : { environment })
  } catch (error) {
    if (error instanceof InvalidOptionsError) return plainly(file, error)
    throw error
  }
}
