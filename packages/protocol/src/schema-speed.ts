// Outside of browsers zod compiles its checks by itself.
export {}
