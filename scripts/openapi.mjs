/** Prints the document of the REST API, as a running server gives it at /openapi.json: `npm run --silent openapi > openapi.json`. */
const { ENDPOINTS } = await import("../dist/server/endpoints.js");
const { openApiDocument } = await import("../dist/server/open-api.js");
console.log(JSON.stringify(openApiDocument(ENDPOINTS), undefined, 2));
