// It has no types of its own.
declare module 'express-timeout-handler' {
  export function handler(options: { timeout: number; onTimeout: (...args: never[]) => void }): unknown
}
