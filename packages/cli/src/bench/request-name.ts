import type { LoadRequest } from './load.ts'

/** `GET /users/1?token=…`: what stands in a query may be a secret, and reports are kept where many read them. */
export function requestName({ method, path }: Pick<LoadRequest, 'method' | 'path'>): string {
  const [before = '', query] = path.split(/\?(.*)/s)
  const names = query?.split('&').map((parameter) => parameter.replace(/=.*/s, '=…'))
  return `${method} ${before}${names === undefined ? '' : `?${names.join('&')}`}`
}
