// Prints the result of each audit as JSON. Arguments: the endpoint's address and a token.
import { auditServer } from "graphql-http";

const [url, token] = process.argv.slice(2);

const results = await auditServer({
  url,
  fetchFn: (address, init) =>
    fetch(address, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } }),
});
console.log(
  JSON.stringify(
    results.map(({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? null })),
  ),
);
