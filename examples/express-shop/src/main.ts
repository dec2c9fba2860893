import { shop } from './shop.ts'

shop().listen(Number(process.env.PORT ?? 3000))
