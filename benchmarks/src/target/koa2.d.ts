// The alias has no types of its own; what the targets use of Koa is the same in 2 and 3.
declare module 'koa2' {
  import Koa from 'koa'
  export = Koa
}
