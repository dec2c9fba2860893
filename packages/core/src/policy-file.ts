// Policies in files. Apart from the rest, because it looks at the file system.

export type { CompiledPolicy } from './policy/compile.ts'
export { compilePolicyFile, type PolicyFile, type PolicyFileOptions, policyFile } from './policy/file.ts'
export type { PolicySource } from './policy/follow.ts'
