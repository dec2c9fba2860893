import { ordersApp } from './orders.ts'

const app = await ordersApp()
await app.listen({ port: Number(process.env.PORT ?? 3000) })
