/** A key and a certificate for localhost, made for these tests and for nothing else. */
export const TLS = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggIzNKyxSBUcKp9va
FJA4jRysECqX6l26vb3bpbnFKU2hRANCAATtgJamJkFF/o0f5UJstB5jtHqFUTOb
gBKShyca5IZxqAINf5Kwtohzubra0avBwAQaB8lJz+GzBA8OZdSakQV8
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUKcNTeHOgvlsF7RlNAOWVA5ydbFgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzA5MjIyNFoYDzIxMjYxMDMw
MDkyMjI0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATtgJamJkFF/o0f5UJstB5jtHqFUTObgBKShyca5IZxqAINf5Kwtohz
ubra0avBwAQaB8lJz+GzBA8OZdSakQV8o1MwUTAdBgNVHQ4EFgQUxI+7EKngV63p
mXcbBqgomXcf8IcwHwYDVR0jBBgwFoAUxI+7EKngV63pmXcbBqgomXcf8IcwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA0Dbsk/6pvduP8j1puyUa
ckcraZM+vCdFvCd8epGf+n4CIQDs6MCtjW9S3Z17SQ0X0ctsLMqUazRIjx/TA3/d
eOWvjg==
-----END CERTIFICATE-----`,
} as const
