import type { Request, Response } from 'express'

// What the programs' handlers call: their places are in a file of their own.

export const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

export const users: Readonly<Record<string, { readonly name: string }>> = { 1: { name: 'Ada' } }

/** Calls back like the libraries of old: at once with an error, and then all the same with a value. */
export function legacyFind(id: string, callback: (error: Error | null, value?: unknown) => void): void {
  setImmediate(() => {
    if (!users[id]) callback(new Error('not found'))
    else callback(null, users[id])
  })
}

export function created(res: Response): void {
  res.status(201).json({ created: true }) // @first helper-in-try
}

export function broken(res: Response): void {
  res.status(500).json({ error: 'broken' }) // @second helper-in-try
}

export async function audit(): Promise<void> {
  await sleep(2)
  throw new Error('audit is down') // @second async-error
}

export abstract class Resource {
  handle(_req: Request, res: Response): void {
    res.status(405).json({ error: 'not allowed' }) // @first inherited
  }
}

export const respond =
  (res: Response) =>
  (body: unknown): void => {
    res.json(body) // @first curried @second curried
  }
