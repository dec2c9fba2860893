import { statSync } from 'node:fs'

/** Why a file starts no server, where that can be seen without starting it. */
export function whyNoServer(file: string): readonly string[] {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return [`there is no file ${file || "''"}`]
  return stats.isDirectory() ? [`${file} is a folder: name the file that starts the server`] : []
}
