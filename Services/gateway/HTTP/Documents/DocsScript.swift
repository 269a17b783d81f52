/// What the page of a description does: reads `openapi.json` beside it and builds the page from it, by text nodes only.
enum DocsScript {
    static let source = #"""
        "use strict";
        const find = (id) => document.getElementById(id);
        const make = (tag, attributes, ...children) => {
          const element = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
          element.append(...children.filter((child) => child !== null && child !== undefined));
          return element;
        };
        const prefix = location.pathname.replace(/\/docs\/?$/, "");
        let description = null;

        const resolve = (schema) => {
          for (let depth = 0; schema && schema.$ref && depth < 8; depth += 1) {
            schema = description.components.schemas[schema.$ref.split("/").pop()];
          }
          return schema || {};
        };

        const typeText = (schema) => {
          const target = resolve(schema);
          if (target.anyOf) return target.anyOf.map(typeText).join(" or ");
          if (target.enum) return target.enum.map(String).join(" | ");
          const names = [].concat(target.type || "any");
          let text = names.join(" or ");
          if (names.includes("array")) text = text.replace("array", "array of " + typeText(target.items));
          if (target.format) text += " (" + target.format + ")";
          return text;
        };

        const bounds = (schema) => {
          const target = resolve(schema);
          const notes = [];
          if (target.minimum !== undefined && target.maximum !== undefined) notes.push(target.minimum + " to " + target.maximum);
          else if (target.minimum !== undefined) notes.push("at least " + target.minimum);
          else if (target.maximum !== undefined) notes.push("at most " + target.maximum);
          if (target.minLength) notes.push("at least " + target.minLength + " characters");
          if (target.maxLength) notes.push("at most " + target.maxLength + " characters");
          if (target.default !== undefined) notes.push("default " + JSON.stringify(target.default));
          if (target.description) notes.push(target.description);
          return notes.join("; ");
        };

        const rows = (schema, depth, name) => {
          const target = resolve(schema);
          const list = [];
          const required = new Set(target.required || []);
          for (const [field, part] of Object.entries(target.properties || {})) {
            const path = name ? name + "." + field : field;
            list.push(make("tr", {},
              make("td", {}, make("code", {}, path), required.has(field) ? make("span", { class: "required", title: "required" }, " *") : null),
              make("td", {}, typeText(part)), make("td", {}, bounds(part))));
            const inner = resolve(part);
            const nested = inner.properties ? part : inner.items && resolve(inner.items).properties ? inner.items : null;
            if (nested && depth < 4) list.push(...rows(nested, depth + 1, inner.items ? path + "[]" : path));
          }
          if (!list.length && target.items && resolve(target.items).properties) return rows(target.items, depth + 1, "[]");
          return list;
        };

        const table = (heads, body) => make("table", {},
          make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", {}, head)))), make("tbody", {}, ...body));

        const fieldTable = (schema) => {
          const body = rows(schema, 0, "");
          return body.length ? table(["Field", "Type", ""], body) : null;
        };

        const jsonBlock = (value) => make("pre", {}, JSON.stringify(value, null, 2));

        const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

        const curlText = (method, path, operation) => {
          let url = location.origin + path;
          for (const parameter of operation.parameters || []) {
            const example = parameter.schema && parameter.schema.example;
            if (parameter.in === "path" && example) url = url.replace("{" + parameter.name + "}", String(example));
          }
          const lines = ["curl" + (method === "get" ? "" : " -X " + method.toUpperCase()) + " " + quoted(url)];
          if ((operation.security || []).length) {
            const token = find("token").value.trim() || "$TOKEN";
            const header = token.startsWith("sb_") ? "X-API-Key: " + token : "Authorization: Bearer " + token;
            lines.push("-H " + (token === "$TOKEN" ? '"' + header + '"' : quoted(header)));
          }
          const content = operation.requestBody && operation.requestBody.content["application/json"];
          if (content) {
            lines.push("-H 'Content-Type: application/json'");
            lines.push("-d " + quoted(JSON.stringify(content.example)));
          }
          return lines.join(" \\\n  ");
        };

        const curls = [];
        const curlBlock = (method, path, operation) => {
          const block = make("pre", {});
          const refresh = () => { block.textContent = curlText(method, path, operation); };
          curls.push(refresh);
          refresh();
          const button = make("button", { type: "button" }, "Copy");
          button.addEventListener("click", async () => {
            try {
              await navigator.clipboard.writeText(block.textContent);
              button.textContent = "Copied";
            } catch {
              getSelection().selectAllChildren(block);
              button.textContent = "Selected";
            }
            setTimeout(() => { button.textContent = "Copy"; }, 1500);
          });
          return make("div", { class: "curl" }, block, button);
        };

        const responseBlock = (status, stated) => {
          const response = stated.$ref ? description.components.responses[stated.$ref.split("/").pop()] : stated;
          const content = Object.entries(response.content || {})[0];
          const summary = make("summary", {}, make("span", { class: "status" }, status), response.description);
          if (!content) return make("p", {}, summary.childNodes[0], response.description);
          const block = make("details", status.startsWith("2") ? { open: "" } : {}, summary);
          if (content[0] !== "application/json") block.append(make("p", { class: "note" }, content[0]));
          else block.append(fieldTable(content[1].schema) || "", content[1].example === undefined ? "" : jsonBlock(content[1].example));
          return block;
        };

        const article = (method, path, operation, id) => {
          const head = make("h3", {}, make("span", { class: "method " + method }, method.toUpperCase()), path,
            ...(operation["x-scopes"] || []).map((scope) => make("span", { class: "tag" }, scope)),
            (operation.security || []).length ? null : make("span", { class: "tag" }, "no credential"));
          const element = make("article", { id }, head, make("p", {}, operation.summary));
          const parameters = operation.parameters || [];
          if (parameters.length) {
            element.append(make("h4", {}, "Parameters"), table(["Name", "In", "Type", ""], parameters.map((parameter) =>
              make("tr", {}, make("td", {}, make("code", {}, parameter.name)), make("td", {}, parameter.in),
                make("td", {}, typeText(parameter.schema)),
                make("td", {}, [bounds(parameter.schema), parameter.description].filter(Boolean).join("; "))))));
          }
          if (operation.requestBody) {
            const types = Object.keys(operation.requestBody.content);
            const content = operation.requestBody.content["application/json"];
            element.append(make("h4", {}, "Body: " + types.join(", ")), fieldTable(content.schema) || "");
          }
          element.append(make("h4", {}, "Try it"), curlBlock(method, path, operation), make("h4", {}, "Answers"));
          for (const [status, response] of Object.entries(operation.responses)) element.append(responseBlock(status, response));
          return element;
        };

        const show = () => {
          document.title = description.info.title + " " + description.info.version;
          find("title").textContent = description.info.title;
          find("version").textContent = description.info.version;
          find("about").textContent = description.info.description;
          const entries = [];
          const groups = new Map();
          for (const [path, item] of Object.entries(description.paths)) {
            for (const [method, operation] of Object.entries(item)) {
              const tag = (operation.tags || ["other"])[0];
              if (!groups.has(tag)) groups.set(tag, []);
              groups.get(tag).push([method, path, operation]);
            }
          }
          find("operations").textContent = "";
          for (const [tag, operations] of groups) {
            const heading = make("h2", {}, tag);
            find("toc").append(heading);
            const links = [];
            for (const [method, path, operation] of operations) {
              const link = make("a", { href: "#" + operation.operationId, title: operation.summary },
                make("span", { class: "method " + method }, method.toUpperCase()),
                make("span", {}, path.startsWith(prefix + "/") ? path.slice(prefix.length) : path));
              const element = article(method, path, operation, operation.operationId);
              find("toc").append(link);
              find("operations").append(element);
              links.push({ link, element, text: (method + " " + element.textContent).toLowerCase() });
            }
            entries.push({ heading, links });
          }
          find("search").addEventListener("input", () => {
            const words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
            for (const { heading, links } of entries) {
              let visible = 0;
              for (const { link, element, text } of links) {
                const fits = words.every((word) => text.includes(word));
                link.hidden = !fits;
                element.hidden = !fits;
                visible += fits ? 1 : 0;
              }
              heading.hidden = visible === 0;
            }
          });
          find("token").addEventListener("input", () => curls.forEach((refresh) => refresh()));
          if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
        };

        fetch("openapi.json").then((answer) => {
          if (!answer.ok) throw new Error("openapi.json answered " + answer.status);
          return answer.json();
        }).then((json) => { description = json; show(); }).catch((error) => {
          find("operations").textContent = "The description cannot be read: " + error.message;
        });
        """#
}
