// The query console: GraphiQL with a token field and two download buttons.
// The token stays in this tab's sessionStorage; no address outside this service is ever asked.
"use strict";

(() => {
  const FORMATS = {
    xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    csv: "text/csv",
  };
  const ROLES = {
    DISTRICT_OFFICER: "区县科技局", MUNICIPAL_OFFICER: "市科技局", ENTERPRISE_USER: "企业用户", PLATFORM_ADMIN: "平台管理员",
    DEPARTMENT_OFFICER: "责任部门", BANK_USER: "合作银行", ANALYST: "统计分析", PUBLIC: "公众",
  };
  const FIRST_QUERY = `# 在上方粘贴令牌（keqi token 打印），按 ▶ 运行；「下载 Excel」把同一查询带走为工作簿。
{
  enterprises(first: 20) {
    totalCount
    nodes { uscc name }
  }
}
`;
  const TOKEN_KEY = "keqi.token";
  const byId = (id) => document.getElementById(id);
  const field = byId("token");
  let current = { query: FIRST_QUERY, variables: "", operationName: undefined };

  function token() {
    return field.value.trim().replace(/^Bearer\s+/i, "");
  }

  // What the token says of itself, for display only: the service alone decides what it is worth.
  function claims() {
    try {
      const text = atob(token().split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
      return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    } catch {
      return null;
    }
  }

  function showWho() {
    const who = byId("who");
    const known = token() ? claims() : {};
    who.classList.toggle("expired", !known || known.exp * 1000 < Date.now());
    if (!known) who.textContent = "令牌格式不对";
    else if (!token()) who.textContent = ROLES.PUBLIC;
    else if (known.exp * 1000 < Date.now()) who.textContent = "令牌已过期，请重新领取";
    else who.textContent = [ROLES[known.role] ?? known.role, ...(known.units ?? [])].join(" ");
  }

  function notice(text) {
    byId("notice").textContent = text;
    byId("notice").hidden = !text;
  }

  function ask(params, accept, headers) {
    const bearer = token() ? { Authorization: `Bearer ${token()}` } : {};
    return fetch("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: accept, ...bearer, ...headers },
      body: JSON.stringify(params),
    });
  }

  async function fetcher(params, options) {
    const answer = await ask(params, "application/graphql-response+json, application/json;q=0.9", options?.headers);
    return answer.json();
  }

  function fileName(answer, format) {
    const named = /filename\*=UTF-8''([^;]+)/i.exec(answer.headers.get("content-disposition") ?? "");
    return named ? decodeURIComponent(named[1]) : `科企.${format}`;
  }

  async function download(format) {
    const button = byId(format);
    button.disabled = true;
    notice("");
    try {
      const variables = current.variables.trim() ? JSON.parse(current.variables) : undefined;
      const answer = await ask({ query: current.query, variables, operationName: current.operationName }, FORMATS[format]);
      if (!answer.ok || (answer.headers.get("content-type") ?? "").includes("json")) {
        const { errors } = await answer.json();
        throw new Error((errors ?? []).map((error) => error.message).join("\n") || `状态 ${answer.status}`);
      }
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = fileName(answer, format);
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      notice(`下载未成功：${error.message}`);
    } finally {
      button.disabled = false;
    }
  }

  field.value = sessionStorage.getItem(TOKEN_KEY) ?? "";
  field.addEventListener("input", () => {
    sessionStorage.setItem(TOKEN_KEY, token());
    showWho();
  });
  field.addEventListener("change", draw);
  for (const format of Object.keys(FORMATS)) byId(format).addEventListener("click", () => download(format));
  showWho();

  const address = new URLSearchParams(location.search);
  const given = address.get("query");
  current.query = given ?? FIRST_QUERY;
  const root = ReactDOM.createRoot(byId("graphiql"));

  // Another principal sees another schema: a new key makes GraphiQL ask for it again.
  function draw() {
    root.render(
      React.createElement(GraphiQL, {
        key: token(),
        fetcher,
        defaultQuery: FIRST_QUERY,
        query: given ?? undefined,
        variables: address.get("variables") ?? undefined,
        shouldPersistHeaders: false,
        onEditQuery: (query) => { current.query = query; },
        onEditVariables: (variables) => { current.variables = variables; },
        onEditOperationName: (name) => { current.operationName = name; },
      }),
    );
  }
  draw();
})();
