import { openFeatureSource } from '@respond-once-examples/acme-policy/open-feature'
import { policyOn, shop } from './shop.ts'

// Acme sets its provider of flags here, by `OpenFeature.setProvider`. Without one the shop stays on `observe`.
const policy = await openFeatureSource(policyOn)

shop(policy).listen(Number(process.env.PORT ?? 3000))
