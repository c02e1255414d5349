// Starts the API's documentation. Signed-in people can try calls: their CSRF token is added to what changes something.
let csrf = "";
fetch("/api/v1/auth/me", { headers: { Accept: "application/json" } })
  .then((answer) => (answer.ok ? answer.json() : { csrf_token: "" }))
  .then((me) => { csrf = me.csrf_token; });

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  // The validator is somebody else's server; nothing leaves this one.
  validatorUrl: "none",
  requestInterceptor: (request) => {
    if (csrf && request.method !== "GET" && request.method !== "HEAD") request.headers["X-CSRF-Token"] = csrf;
    return request;
  },
});
