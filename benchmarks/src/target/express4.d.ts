// The alias has no types of its own; what the targets use of Express is the same in 4 and 5.
declare module 'express4' {
  import express from 'express'
  export = express
}
