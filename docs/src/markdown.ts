import { readFileSync } from 'node:fs'
import { lexer } from 'marked'

// How examples are written in the Markdown of this repository. What follows the language of a fence is not shown:
// ```js app.js        a file, `app.js`
// ```console          what a person types after `$ `, and below each command what it prints
// ```text             after a console block: what the service prints on its terminal
// ```js wrong GET /x  handlers of a service, and a request that shows the mistake
// ```js right GET /x  the same, mended; `leaving` after the path: the client goes before it is answered
// ```ts signature     what a type or a function looks like; it is not run

/** One fenced block. */
export interface Block {
  readonly language: string
  /** What follows the language. */
  readonly info: string
  readonly text: string
  /** The nearest heading above it. */
  readonly heading: string
}

/** A command of a console block, and what it prints. */
export interface Command {
  readonly line: string
  readonly output: string
}

/** Files that are run as they stand, and what is seen then. */
export interface Example {
  readonly heading: string
  readonly files: ReadonlyMap<string, string>
  readonly commands: readonly Command[]
  /** What the service prints on its terminal; undefined where the page does not say. */
  readonly log: string | undefined
}

/** The fenced blocks of a page, in their order. */
export function blocksOf(path: string | URL): readonly Block[] {
  let heading = ''
  return lexer(readFileSync(path, 'utf8')).flatMap((token): Block[] => {
    if (token.type === 'heading') heading = String(token.text)
    if (token.type !== 'code') return []
    const [language = '', ...rest] = String(token.lang ?? '').split(' ')
    return [{ language, info: rest.join(' '), text: String(token.text), heading }]
  })
}

function commandsOf(text: string): Command[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [line = '', ...output] = part.split('\n')
      return { line, output: output.join('\n').trim() }
    })
}

const isFile = ({ info }: Block) => /^[\w./-]+\.\w+$/.test(info)

/** The examples of a page: files, then the commands that run them. */
export function examplesOf(path: string | URL): readonly Example[] {
  const examples: { heading: string; files: Map<string, string>; commands: Command[]; log: string | undefined }[] = []
  for (const block of blocksOf(path)) {
    let current = examples.at(-1)
    if (isFile(block)) {
      if (current === undefined || current.commands.length > 0 || current.heading !== block.heading) {
        current = { heading: block.heading, files: new Map(), commands: [], log: undefined }
        examples.push(current)
      }
      current.files.set(block.info, block.text)
    } else if (current?.heading === block.heading) {
      if (block.language === 'console') current.commands.push(...commandsOf(block.text))
      if (block.language === 'text') current.log = block.text
    }
  }
  return examples
}

/** The text under the heading of a kind, up to the next heading of the same depth. */
export function sectionOf(path: string | URL, kind: string): string {
  return (
    readFileSync(path, 'utf8')
      .split(/^## /m)
      .find((section) => section.startsWith(`\`${kind}\`\n`)) ?? ''
  )
}
