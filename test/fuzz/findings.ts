/** Input that once did harm, found by the fuzzer; each is repeated by the test. */
export const FINDINGS: readonly { readonly target: string; readonly why: string; readonly base64: string }[] = [
  { target: "field-names", why: "names of fields that look like code", base64: "eyJhYCR7cHJvY2Vzcy5leGl0KDEpfSI6MX0=" },
];
