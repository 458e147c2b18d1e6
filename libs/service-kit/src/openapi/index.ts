export { openApiDocument } from './openapi-route.js';
export type { OpenApiInfo } from './openapi-route.js';
