// Askdesk in a page: <script src="https://desk.example/widget.js" defer></script>
//
// Attributes of the script: data-locale (en, zh-Hans, zh-Hant; default: the page's language), data-theme (light, dark),
// data-position (left), data-open (opens at once), data-launcher="false" (no button; open it by Askdesk.open()),
// data-draft (what stands in the composer at first), data-identity (a signed token that says who the customer is).
// In a page of its own: <askdesk-widget mode="page"></askdesk-widget> before the script.
// From the page's scripts: Askdesk.open(), Askdesk.close(), Askdesk.ask(text), Askdesk.identify({name, email, …}).
//
// No dependencies, no cookies. Style sheets are constructed, so that it works under a strict Content-Security-Policy.

(() => {
  "use strict";

  if (customElements.get("askdesk-widget")) return;

  const script = document.currentScript;
  const origin = new URL(script?.src ?? location.href, location.href).origin;
  const API = `${origin}/api/v1`;

  // Words ---------------------------------------------------------------------------------------------------------

  const WORDS = {
    en: {
      subtitle: "AI assistant, a person on request",
      withAgent: "You are talking to {name}",
      waiting: "A person will reply here",
      open: "Open the chat",
      openUnread: "Open the chat, {n} unread",
      close: "Close the chat",
      menu: "Options",
      language: "Language",
      sound: "Sound for replies",
      restart: "Start a new conversation",
      log: "Conversation",
      composer: "Your message",
      placeholder: "Ask a question",
      send: "Send",
      you: "You",
      assistant: "Assistant",
      agent: "Support",
      ai: "Written by AI",
      converted: "converted script",
      translated: "Machine translation. What counts is the original above.",
      sending: "Sending",
      sent: "Sent",
      keeping: "Kept, sending again",
      offline: "No connection. Your message is kept and will be sent.",
      tooMany: "That was a lot at once. Your message is kept and goes out in {n} s.",
      tooLong: "A message can have up to 4,000 characters. Please shorten it.",
      failed: "This message could not be sent: {reason}",
      retry: "Send again",
      thinking: "Looking in the help centre",
      writing: "Writing",
      long: "Still looking, this takes a little longer",
      sources: "Sources",
      source: "Source {n}: {title}",
      article: "Open the article",
      helped: "Did this help?",
      yes: "Yes",
      no: "No",
      thanks: "Thank you, noted.",
      reasons: "What was wrong?",
      wrong: "Wrong answer",
      other: "Not what I asked",
      incomplete: "Incomplete",
      outdated: "Out of date",
      unclear: "Hard to follow",
      comment: "Anything else? (optional)",
      submit: "Send",
      skip: "Skip",
      person: "Talk to a person",
      personTitle: "Talk to a person",
      personText: "We pass on the whole conversation, so you need not repeat anything. Leave a way to reach you if you do not want to wait here.",
      email: "E-mail (optional)",
      phone: "Phone (optional)",
      badEmail: "This e-mail address is not complete.",
      handOver: "Ask for a person",
      cancel: "Not now",
      ticket: "Ticket {number}",
      onDuty: "Someone is on duty.",
      offDuty: "Nobody is on duty right now; your ticket waits at the front when they are back.",
      position: "{n} before you.",
      next: "You are next.",
      expect: "Expect a reply by {time}.",
      contact: "Leave an e-mail or phone number",
      goOn: "You can go on asking the assistant meanwhile.",
      follow: "Follow your ticket",
      contactText: "If you are not here when we reply, we reach you there.",
      keep: "Save",
      kept: "Saved. Your ticket now says how to reach you.",
      already: "Your ticket {number} is already with our team.",
      typing: "{name} is typing",
      withdrawn: "This message was withdrawn.",
      solved: "Your question is marked as solved. How did we do?",
      scores: ["Very bad", "Bad", "So-so", "Good", "Very good"],
      rated: "Thank you for rating.",
      ratingComment: "What should we know? (optional)",
      fresh: "New messages",
      paused: "The assistant is paused. You can write to a person.",
      ended: "The earlier conversation has ended. This is a new one.",
      problem: "That did not work. Nothing was lost; please try again.",
    },
    "zh-Hans": {
      subtitle: "智能助手 · 可转人工",
      withAgent: "客服 {name} 正在为您服务",
      waiting: "客服会在这里回复您",
      open: "打开对话",
      openUnread: "打开对话，{n} 条未读",
      close: "关闭对话",
      menu: "选项",
      language: "语言",
      sound: "新回复提示音",
      restart: "开始新的会话",
      log: "会话",
      composer: "您的消息",
      placeholder: "请输入您的问题",
      send: "发送",
      you: "您",
      assistant: "智能助手",
      agent: "客服",
      ai: "AI 生成",
      converted: "经简繁转换",
      translated: "机器翻译，以上方原文为准。",
      sending: "正在发送",
      sent: "已发送",
      keeping: "已保存，正在重新发送",
      offline: "网络不通。消息已保存，恢复后自动发送。",
      tooMany: "您发得有点快。消息已保存，{n} 秒后自动发送。",
      tooLong: "每条消息最多 4,000 字，请缩短后再发送。",
      failed: "消息没有发出：{reason}",
      retry: "重新发送",
      thinking: "正在查找帮助文章",
      writing: "正在撰写",
      long: "还在查找，请稍候",
      sources: "来源",
      source: "来源 {n}：{title}",
      article: "打开文章",
      helped: "对您有帮助吗？",
      yes: "有帮助",
      no: "没有",
      thanks: "已记录，谢谢您。",
      reasons: "哪里不对？",
      wrong: "答案有误",
      other: "答非所问",
      incomplete: "不完整",
      outdated: "内容过时",
      unclear: "看不明白",
      comment: "还有要补充的吗？（选填）",
      submit: "提交",
      skip: "跳过",
      person: "转人工",
      personTitle: "转人工",
      personText: "我们会把整段对话转给客服，您无需重复说明。如果不想在此等候，请留下联系方式。",
      email: "邮箱（选填）",
      phone: "手机号（选填）",
      badEmail: "邮箱地址不完整。",
      handOver: "转人工",
      cancel: "暂不",
      ticket: "工单 {number}",
      onDuty: "客服在线。",
      offDuty: "客服现在不在线，上班后会优先处理您的工单。",
      position: "您前面还有 {n} 位。",
      next: "下一位就是您。",
      expect: "预计 {time} 前回复。",
      contact: "留下手机号或邮箱",
      goOn: "等候期间，您可以继续向智能助手提问。",
      follow: "查看工单进度",
      contactText: "如果回复时您不在线，我们会用它联系您。",
      keep: "保存",
      kept: "已保存，联系方式已加到您的工单里。",
      already: "您的工单 {number} 已经交给客服。",
      typing: "{name} 正在输入",
      withdrawn: "这条消息已撤回。",
      solved: "您的问题已标记为已解决。您对这次服务满意吗？",
      scores: ["很差", "较差", "一般", "满意", "很满意"],
      rated: "感谢您的评价。",
      ratingComment: "还想告诉我们什么？（选填）",
      fresh: "有新消息",
      paused: "智能助手已暂停，您可以直接联系客服。",
      ended: "之前的会话已结束，这是新的会话。",
      problem: "操作没有成功，内容没有丢失，请再试一次。",
    },
    "zh-Hant": {
      subtitle: "智慧助手 · 可轉人工",
      withAgent: "客服 {name} 正在為您服務",
      waiting: "客服會在這裡回覆您",
      open: "開啟對話",
      openUnread: "開啟對話，{n} 則未讀",
      close: "關閉對話",
      menu: "選項",
      language: "語言",
      sound: "新回覆提示音",
      restart: "開始新的會話",
      log: "會話",
      composer: "您的訊息",
      placeholder: "請輸入您的問題",
      send: "傳送",
      you: "您",
      assistant: "智慧助手",
      agent: "客服",
      ai: "AI 生成",
      converted: "經簡繁轉換",
      translated: "機器翻譯，以上方原文為準。",
      sending: "正在傳送",
      sent: "已傳送",
      keeping: "已儲存，正在重新傳送",
      offline: "網路不通。訊息已儲存，恢復後自動傳送。",
      tooMany: "您傳得有點快。訊息已儲存，{n} 秒後自動傳送。",
      tooLong: "每則訊息最多 4,000 字，請縮短後再傳送。",
      failed: "訊息沒有傳出：{reason}",
      retry: "重新傳送",
      thinking: "正在查找說明文章",
      writing: "正在撰寫",
      long: "還在查找，請稍候",
      sources: "來源",
      source: "來源 {n}：{title}",
      article: "開啟文章",
      helped: "對您有幫助嗎？",
      yes: "有幫助",
      no: "沒有",
      thanks: "已記錄，謝謝您。",
      reasons: "哪裡不對？",
      wrong: "答案有誤",
      other: "答非所問",
      incomplete: "不完整",
      outdated: "內容過時",
      unclear: "看不明白",
      comment: "還有要補充的嗎？（選填）",
      submit: "送出",
      skip: "略過",
      person: "轉人工",
      personTitle: "轉人工",
      personText: "我們會把整段對話轉給客服，您無需重複說明。如果不想在此等候，請留下聯絡方式。",
      email: "電子郵件（選填）",
      phone: "手機號碼（選填）",
      badEmail: "電子郵件地址不完整。",
      handOver: "轉人工",
      cancel: "暫不",
      ticket: "工單 {number}",
      onDuty: "客服在線。",
      offDuty: "客服現在不在線，上班後會優先處理您的工單。",
      position: "您前面還有 {n} 位。",
      next: "下一位就是您。",
      expect: "預計 {time} 前回覆。",
      contact: "留下手機號碼或電子郵件",
      goOn: "等候期間，您可以繼續向智慧助手提問。",
      follow: "查看工單進度",
      contactText: "如果回覆時您不在線，我們會用它聯絡您。",
      keep: "儲存",
      kept: "已儲存，聯絡方式已加到您的工單裡。",
      already: "您的工單 {number} 已經交給客服。",
      typing: "{name} 正在輸入",
      withdrawn: "這則訊息已撤回。",
      solved: "您的問題已標記為已解決。您對這次服務滿意嗎？",
      scores: ["很差", "較差", "一般", "滿意", "很滿意"],
      rated: "感謝您的評價。",
      ratingComment: "還想告訴我們什麼？（選填）",
      fresh: "有新訊息",
      paused: "智慧助手已暫停，您可以直接聯絡客服。",
      ended: "之前的會話已結束，這是新的會話。",
      problem: "操作沒有成功，內容沒有遺失，請再試一次。",
    },
  };
  const LANGUAGE_NAMES = { en: "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文" };
  const REASONS = ["wrong", "other", "incomplete", "outdated", "unclear"];
  const REASON_CODES = { wrong: "wrong", other: "not_my_question", incomplete: "incomplete", outdated: "outdated", unclear: "unclear" };
  const LONGEST = 4000;
  // What an error inside a stream would have had as its status.
  const STATUS_OF = { sign_in_needed: 401, not_allowed: 403, not_found: 404, conflict: 409, invalid: 422, too_many_requests: 429, storage_unavailable: 503 };

  function knownLocale(tag) {
    const text = (tag ?? "").toLowerCase().replace("_", "-");
    if (!text.startsWith("zh")) return "en";
    return /hant|tw|hk|mo/.test(text) ? "zh-Hant" : "zh-Hans";
  }

  // Small tools ---------------------------------------------------------------------------------------------------

  /** Trusted HTML from the server. Its links and pictures lead to Askdesk, whichever site the widget stands on. */
  function fromServer(html) {
    const inert = document.createElement("template");
    inert.innerHTML = html;
    for (const [selector, name] of [["a[href]", "href"], ["img[src]", "src"]]) {
      for (const element of inert.content.querySelectorAll(selector)) {
        try {
          element.setAttribute(name, new URL(element.getAttribute(name), origin).href);
        } catch {
          element.removeAttribute(name);
        }
      }
    }
    return inert.content;
  }

  /** An element: attributes as given, `on…` as listeners, `html` as trusted HTML from the server. */
  function h(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name === "html") made.append(fromServer(value));
      else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat().filter((child) => child != null && child !== false));
    return made;
  }

  const SHAPES = {
    chat: "M4 4.5h16v11.5h-8.5L7 20v-4H4V4.5Z",
    close: "m6 6 12 12M18 6 6 18",
    more: "M5.9 12h.2M11.9 12h.2M17.9 12h.2",
    send: "M12 19V5m0 0-6 6m6-6 6 6",
  };

  function shape(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("d", SHAPES[name]);
    svg.append(path);
    return svg;
  }

  const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const composing = (event) => event.isComposing || event.keyCode === 229;
  const newId = () => crypto.randomUUID?.() ?? `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

  /** localStorage where the browser allows it, memory where it does not. */
  const store = (() => {
    const key = `askdesk:${origin}`;
    let memory = {};
    try {
      memory = JSON.parse(localStorage.getItem(key) ?? "{}") ?? {};
    } catch {
      memory = {};
    }
    return {
      get: (name) => memory[name],
      set(values) {
        Object.assign(memory, values);
        try {
          localStorage.setItem(key, JSON.stringify(memory));
        } catch {
          // Storage is blocked or full: the conversation lives as long as the page.
        }
      },
    };
  })();

  /** A failed request: `status` 0 is the network, `after` the seconds to wait that the server asked for. */
  class Failure extends Error {
    constructor(status, message, after) {
      super(message);
      this.status = status;
      this.after = after;
    }

    get passing() {
      return this.status === 0 || this.status === 429 || this.status >= 500;
    }
  }

  // The chat's language, once it is known: what goes wrong is told in it, whatever the browser speaks.
  let spoken = "";

  async function request(path, { method = "GET", body, token, headers = {}, signal } = {}) {
    const send = { Accept: "application/json", ...headers };
    if (spoken) send["Accept-Language"] = spoken;
    if (token) send.Authorization = `Bearer ${token}`;
    if (body) send["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(API + path, { method, headers: send, body: body && JSON.stringify(body), signal, credentials: "omit" });
    } catch (error) {
      throw new Failure(0, error.message);
    }
    if (response.ok) return response;
    const data = await response.json().catch(() => null);
    const after = Number(response.headers.get("Retry-After") ?? data?.error?.details?.retry_after) || undefined;
    throw new Failure(response.status, data?.error?.message ?? response.statusText, after);
  }

  async function json(path, options) {
    const response = await request(path, options);
    return response.status === 204 ? null : response.json();
  }

  /** The events of a text/event-stream response, one by one: {id, event, data}. */
  async function* readEvents(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += value;
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event) yield event;
      }
    }
  }

  /** The agent who has taken over: the last one who spoke. */
  function agentOf({ status, messages }) {
    const name = status === "human" && messages.findLast((message) => message.role === "agent")?.author;
    return name ? { name } : null;
  }

  function parseEvent(block) {
    const found = { event: "message", data: "" };
    const lines = [];
    for (const line of block.split(/\r?\n/)) {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      if (name === "data") lines.push(value);
      else if (name) found[name] = value;
    }
    if (!lines.length) return null;
    try {
      return { ...found, data: JSON.parse(lines.join("\n")) };
    } catch {
      return null;
    }
  }

  // Accent: readable whatever colour the installation has -----------------------------------------------------------

  const mix = (one, other, share) => one.map((value, at) => Math.round(value + (other[at] - value) * share));
  const css = (colour) => `rgb(${colour.join(" ")})`;

  function luminance(colour) {
    const [red, green, blue] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function readable(colour, towards, grounds, ratio) {
    for (let share = 0; share < 1; share += 0.05) {
      const mixed = mix(colour, towards, share);
      if (grounds.every((ground) => contrast(mixed, ground) >= ratio)) return mixed;
    }
    return towards;
  }

  /** The accent's four tokens on `paper`, the same way as the pages' /theme.css has them. */
  function ramp(base, paper, ink, softness) {
    const white = [255, 255, 255];
    const black = [6, 12, 12];
    const soft = mix(paper, base, softness);
    let accent = contrast(base, paper) >= 3 ? base : readable(base, ink, [paper], 3);
    const on = contrast(white, accent) >= contrast(black, accent) ? white : black;
    if (contrast(on, accent) < 4.6) accent = readable(accent, on === white ? black : white, [on], 4.6);
    return { accent, on, soft, strong: readable(base, ink, [paper, soft], 4.6) };
  }

  function accentRules(hex) {
    if (!/^#[0-9a-f]{6}$/i.test(hex ?? "")) return "";
    const base = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    const light = ramp(base, [255, 255, 255], [6, 12, 12], 0.1);
    const dark = ramp(base, [20, 23, 23], [255, 255, 255], 0.2);
    const rules = Object.keys(light).map((name) => `--${name}: light-dark(${css(light[name])}, ${css(dark[name])});`);
    return `:host { ${rules.join(" ")} }`;
  }

  // Style ---------------------------------------------------------------------------------------------------------

  const STYLE = `
:host {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #141717); --sunken: light-dark(#f4f6f6, #1e2323); --hover: light-dark(#eff2f2, #262c2c);
  --line: light-dark(#e3e8e8, #2a3131); --line-strong: light-dark(#cbd3d3, #3b4444); --control: light-dark(#838e8e, #707c7c);
  --ink: light-dark(#161c1c, #e8edec); --ink-2: light-dark(#465050, #b7c0c0); --ink-3: light-dark(#5c6767, #9aa5a5);
  --accent: light-dark(#0c6b6b, #1f7d7c); --on: #ffffff; --soft: light-dark(#e2f1f0, #17302f); --strong: light-dark(#0c6b6b, #6fc4be);
  --bad: light-dark(#b3241c, #ff9f96); --mark: light-dark(#fff1b8, #4a3d0c); --focus: light-dark(#0b62c4, #7fb6ff);
  --shadow: 0 0 0 1px light-dark(rgb(16 24 24 / .08), rgb(255 255 255 / .1)), 0 12px 40px light-dark(rgb(16 24 24 / .18), rgb(0 0 0 / .6));
  --read: 1.5;
  all: initial; color-scheme: light dark; position: fixed; z-index: 2147483000; inset: auto 20px 20px auto; display: block;
  font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif;
  color: var(--ink); text-align: start;
}
:host([data-theme="light"]) { color-scheme: light; }
:host([data-theme="dark"]) { color-scheme: dark; }
:host([data-position="left"]) { inset: auto auto 20px 20px; }
:host([mode="page"]) { position: static; display: block; height: 100%; z-index: auto; }
:host(:lang(zh)) { --read: 1.7; }
:host([hidden]) { display: none; }
* , *::before { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
p, ol, ul, dl, dd, h1, h2, h3, blockquote, fieldset { margin: 0; padding: 0; border: 0; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.plain path[d*="h.2"] { stroke-width: 2.6; }
svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; display: block; }
.hidden-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher { position: relative; display: grid; place-items: center; width: 52px; height: 52px; margin-left: auto; border: 0; border-radius: 50%;
  background: var(--accent); color: var(--on); box-shadow: var(--shadow); }
.launcher svg { width: 24px; height: 24px; }
.unread { position: absolute; top: -3px; right: -3px; min-width: 20px; height: 20px; padding: 0 5px; border-radius: 10px; background: light-dark(#b3241c, #ff9f96);
  color: light-dark(#fff, #3b0d09); font-size: 12px; font-weight: 600; line-height: 20px; text-align: center; }
:host([data-open]) .launcher, :host([mode="page"]) .launcher { display: none; }

.panel { display: none; flex-direction: column; position: relative; width: 380px; height: min(640px, calc(100dvh - 40px)); overflow: hidden; border-radius: 10px;
  background: var(--paper); box-shadow: var(--shadow); overflow-wrap: anywhere; }
:host([data-open]) .panel { display: flex; animation: rise 140ms ease-out; }
@keyframes rise { from { opacity: 0; translate: 0 8px; } }
:host([mode="page"]) .panel { display: flex; width: 100%; height: 100%; border-radius: 0; box-shadow: none; animation: none; }
:host([mode="page"]) :is(.log, .composer, .foot, .head) { padding-inline: max(16px, calc(50% - 352px)); }

.head { display: flex; align-items: center; gap: 10px; min-height: 60px; padding: 8px 8px 8px 16px; border-bottom: 1px solid var(--line); }
.logo { width: 32px; height: 32px; border-radius: 6px; object-fit: contain; flex: none; }
.names { flex: 1; min-width: 0; }
.names :is(h1, h2) { font-size: 14px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.names p { color: var(--ink-3); font-size: 12px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.plain { display: grid; place-items: center; width: 36px; height: 36px; flex: none; padding: 0; border: 0; border-radius: 6px; background: none; color: var(--ink-2); }
.plain:hover { background: var(--hover); color: var(--ink); }
.menu { position: absolute; z-index: 2; top: 52px; right: 12px; min-width: 208px; padding: 4px; border-radius: 10px; background: light-dark(#fff, #1b2020); box-shadow: var(--shadow); }
.menu button { display: flex; align-items: center; gap: 8px; width: 100%; min-height: 36px; padding: 4px 10px; border: 0; border-radius: 6px; background: none; text-align: start; }
.menu button:hover { background: var(--hover); }
.menu button[aria-checked="true"]::after { content: "✓"; margin-left: auto; color: var(--strong); }
.menu hr { height: 1px; margin: 4px 8px; border: 0; background: var(--line); }

.log { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column; gap: 16px; }
.log:focus-visible { outline-offset: -2px; }
.message { display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px; max-width: 100%; }
.mine { justify-items: end; padding-left: 40px; }
.mine .text { padding: 8px 12px; border-radius: 10px 10px 3px 10px; background: var(--accent); color: var(--on); white-space: pre-wrap; line-height: var(--read); max-width: 100%; }
.note { color: var(--ink-3); font-size: 12px; display: flex; flex-wrap: wrap; gap: 0 8px; align-items: center; }
.note.bad { color: var(--bad); }
.by { display: flex; align-items: center; gap: 6px; color: var(--ink-3); font-size: 12px; }
.by b { color: var(--ink-2); font-weight: 600; }
.tag { padding: 0 6px; border-radius: 9px; background: var(--hover); color: var(--ink-2); line-height: 18px; }
.text { line-height: var(--read); }
.provisional { white-space: pre-wrap; }
.text > * + * { margin-top: 8px; }
.text :is(ol, ul) { padding-left: 22px; }
.text li + li { margin-top: 4px; }
.text li::marker { color: var(--ink-3); }
.text a, .link { color: var(--strong); text-underline-offset: .18em; }
.text mark { background: var(--mark); color: inherit; border-radius: 2px; }
.text :is(h1, h2, h3, h4) { font-size: 14px; font-weight: 600; }
.text table { display: block; max-width: 100%; overflow-x: auto; border-collapse: collapse; font-size: 13px; overflow-wrap: normal; }
.text :is(th, td) { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; min-width: 64px; }
.text th { color: var(--ink-2); font-weight: 600; }
.text img { max-width: 100%; height: auto; border-radius: 6px; }
.text code { padding: 1px 4px; border-radius: 4px; background: var(--hover); font-size: .92em; }
.text pre { overflow-x: auto; padding: 8px; border-radius: 6px; background: var(--sunken); }
:host(:lang(zh)) .text em { font-style: normal; }
.mark { display: inline-grid; place-items: center; min-width: 20px; height: 20px; margin: 0 2px; padding: 0 4px; border: 0; border-radius: 10px; background: var(--soft); color: var(--strong);
  font-size: 11px; font-weight: 600; line-height: 1; vertical-align: 1px; position: relative; }
.mark::before { content: ""; position: absolute; inset: -2px; }
.mark[aria-expanded="true"], .mark:hover { background: var(--accent); color: var(--on); }
.together { white-space: nowrap; }
.sources { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2px; }
.source > button { display: flex; align-items: center; gap: 6px; max-width: 100%; min-height: 28px; padding: 2px 8px 2px 4px; margin-left: -4px; border: 0; border-radius: 14px; background: none; color: var(--ink-3);
  font-size: 12px; text-align: start; }
.source > button:hover, .source > button[aria-expanded="true"] { background: var(--hover); color: var(--ink); }
.source > button b { display: grid; place-items: center; min-width: 18px; height: 18px; border-radius: 9px; background: var(--soft); color: var(--strong); font-size: 11px; }
.source span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.quote { margin: 4px 0 8px 8px; padding-left: 12px; border-left: 2px solid var(--line-strong); font-size: 13px; line-height: var(--read); display: grid; gap: 4px; }
.quote .title { font-weight: 600; }
.quote blockquote { color: var(--ink-2); white-space: pre-line; }
.line { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; font-size: 13px; color: var(--ink-3); }
.chip { min-height: 32px; padding: 4px 12px; border: 1px solid var(--line-strong); border-radius: 16px; background: var(--paper); color: var(--ink); font-size: 13px; text-align: start; }
.chip:hover { background: var(--hover); }
.chip[aria-pressed="true"] { border-color: var(--accent); background: var(--soft); color: var(--strong); }
.small { min-height: 28px; padding: 2px 10px; }
.choices { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 4px; }
.system { align-self: center; max-width: 90%; color: var(--ink-3); font-size: 12px; text-align: center; }
.working { display: flex; align-items: center; gap: 8px; color: var(--ink-3); font-size: 13px; }
.dots { display: inline-flex; gap: 3px; }
.dots i { width: 5px; height: 5px; border-radius: 50%; background: currentColor; animation: blink 1.2s infinite; }
.dots i:nth-child(2) { animation-delay: .2s; } .dots i:nth-child(3) { animation-delay: .4s; }
@keyframes blink { 50% { opacity: .25; } }

.card { display: grid; gap: 10px; padding: 12px; border-radius: 10px; background: var(--sunken); }
.card .title { font-weight: 600; }
.card p { line-height: var(--read); }
.field { display: grid; gap: 2px; font-size: 13px; }
.input { width: 100%; min-height: 36px; padding: 6px 10px; border: 1px solid var(--control); border-radius: 6px; background: var(--paper); font-size: 14px; }
textarea.input { resize: none; line-height: 1.45; }
.input::placeholder { color: var(--ink-3); opacity: 1; }
.input:focus-visible { outline-offset: -1px; }
.bad-text { color: var(--bad); font-size: 13px; }
.button { min-height: 36px; padding: 6px 14px; border: 0; border-radius: 6px; background: var(--accent); color: var(--on); font-weight: 500; }
.button:hover { filter: brightness(.93); }
.button[aria-disabled="true"] { background: var(--hover); color: var(--ink-3); filter: none; cursor: default; }
.quiet-button { min-height: 36px; padding: 6px 10px; border: 0; border-radius: 6px; background: none; color: var(--ink-2); }
.quiet-button:hover { background: var(--hover); color: var(--ink); }
.scores { display: grid; grid-template-columns: repeat(5, 1fr); gap: 4px; }
.scores button { display: grid; gap: 2px; place-items: center; min-height: 52px; padding: 4px 0; border: 1px solid var(--line-strong); border-radius: 6px; background: var(--paper); }
.scores button:hover { background: var(--soft); }
.scores b { font-size: 16px; font-weight: 600; } .scores small { font-size: 11px; color: var(--ink-3); }

.notice { padding: 8px 16px; background: var(--sunken); color: var(--ink-2); font-size: 13px; }
.fresh { position: absolute; z-index: 1; left: 50%; bottom: 124px; translate: -50% 0; min-height: 32px; padding: 4px 14px; border: 0; border-radius: 16px; background: var(--ink); color: var(--paper); font-size: 13px; box-shadow: var(--shadow); }
.composer { padding: 8px 12px 0; border-top: 1px solid var(--line); }
.composer form { display: flex; align-items: flex-end; gap: 6px; padding: 4px 4px 4px 0; border: 1px solid var(--control); border-radius: 10px; background: var(--paper); }
.composer form:focus-within { outline: 2px solid var(--focus); outline-offset: -1px; }
.composer textarea { flex: 1; min-width: 0; max-height: 116px; padding: 7px 4px 7px 12px; border: 0; outline: 0; resize: none; background: none; line-height: 20px; font-size: 14px; }
.composer textarea::placeholder { color: var(--ink-3); opacity: 1; }
.send { display: grid; place-items: center; width: 34px; height: 34px; flex: none; padding: 0; border: 0; border-radius: 7px; background: var(--accent); color: var(--on); }
.send[aria-disabled="true"] { background: var(--hover); color: var(--ink-3); cursor: default; }
.foot { display: flex; justify-content: space-between; align-items: center; gap: 8px; min-height: 40px; padding: 2px 12px 4px; color: var(--ink-3); font-size: 12px; }
.foot .quiet-button { min-height: 32px; padding: 4px 8px; margin-left: -8px; font-size: 13px; }

@media (pointer: coarse) {
  .plain, .send, .mark::before { min-width: 44px; min-height: 44px; }
  .mark::before { inset: -12px; }
  .chip, .small, .menu button, .button, .quiet-button, .foot .quiet-button, .source > button, .input { min-height: 44px; }
  .chip, .source > button { border-radius: 22px; }
  .input, .composer textarea { font-size: 16px; }
}
@media (max-width: 480px) {
  :host([data-open]:not([mode="page"])) { inset: 0; }
  :host([data-open]:not([mode="page"])) .panel { width: 100%; height: 100dvh; border-radius: 0; box-shadow: none; }
  .foot { padding-bottom: max(4px, env(safe-area-inset-bottom)); }
}
@media (prefers-reduced-motion: reduce) { .panel, .dots i { animation: none !important; } }
@media print { :host { display: none; } }
`;

  // The element ---------------------------------------------------------------------------------------------------

  class AskdeskWidget extends HTMLElement {
    #config;
    #words;
    #locale;
    #accentSheet = new CSSStyleSheet();
    #parts = {};
    #shown = new Map(); // message id → its element
    #outbox = []; // {client_id, text, element, state}
    #inFlight = 0;
    #held = []; // live messages that wait until a running answer is done
    #conversation = null; // {id, token}
    #starting = null;
    #status = { state: "assistant", ticket: null, agent: null };
    #live = null;
    #lastEvent = "";
    #unread = 0;
    #pageTitle = "";
    #typingTimer = 0;
    #customer = {};
    #ready;

    constructor() {
      super();
      this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this.shadowRoot.adoptedStyleSheets = [sheet, this.#accentSheet];
    }

    connectedCallback() {
      this.#ready ??= this.#begin();
    }

    // Beginning ---------------------------------------------------------------------------------------------------

    async #begin() {
      this.hidden = true;
      const wanted = store.get("locale") ?? knownLocale(this.dataset.locale ?? (document.documentElement.lang || navigator.language));
      try {
        await this.#configure(wanted);
      } catch (error) {
        // Another site may not even read a refusal, so a failed request may be one.
        const refused = error.status === 403 || (error.status === 0 && location.origin !== origin);
        const reason = refused ? `${origin} cannot be reached, or ${location.origin} is not among its allowed sites` : error.message;
        console.info(`Askdesk: the chat is not shown, because ${reason}.`);
        this.remove();
        return false;
      }
      this.#build();
      this.hidden = false;
      this.#conversation = store.get("conversation") ?? null;
      if (this.#conversation) await this.#restore();
      this.#resendKept();
      if (this.dataset.draft) {
        this.#parts.text.value = this.dataset.draft;
        this.#grow();
      }
      document.addEventListener("visibilitychange", () => this.#read());
      window.addEventListener("online", () => {
        for (const entry of this.#outbox) if (entry.offline && entry.state === "waiting") entry.state = "sending";
        this.#flush();
      });
      const open = this.#page || this.hasAttribute("data-open") || new URLSearchParams(location.search).has("askdesk");
      if (open) this.open({ focus: this.#page });
      return true;
    }

    async #configure(locale) {
      this.#config = await json(`/widget/config?locale=${locale}&channel=${this.#channel}`);
      this.#locale = spoken = knownLocale(this.#config.locale ?? locale);
      this.#words = { ...WORDS[this.#locale], ...this.#config.strings };
      this.#accentSheet.replaceSync(accentRules(this.#config.accent));
      this.lang = this.#locale;
    }

    get #page() {
      return this.getAttribute("mode") === "page";
    }

    /** Where the chat is, as the roll-out tells places apart. */
    get #channel() {
      if (this.#page) return "chat";
      return this.dataset.channel === "help" ? "help" : "widget";
    }

    #say(key, values = {}) {
      return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), this.#words[key]);
    }

    #time(value) {
      const date = new Date(value);
      const tag = { "zh-Hans": "zh-CN", "zh-Hant": "zh-TW" }[this.#locale] ?? "en-GB";
      const today = date.toDateString() === new Date().toDateString();
      return new Intl.DateTimeFormat(tag, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(date);
    }

    // Frame -------------------------------------------------------------------------------------------------------

    #build() {
      const w = this.#words;
      const parts = (this.#parts = {});
      parts.badge = h("span", { class: "unread", hidden: true, "aria-hidden": "true" });
      parts.launcher = h("button", { class: "launcher", type: "button", "aria-label": w.open, "aria-expanded": "false", onclick: () => this.open() },
        shape("chat"), parts.badge);
      parts.launcher.hidden = this.dataset.launcher === "false";
      parts.subtitle = h("p", {}, w.subtitle);
      parts.menuButton = h("button", { class: "plain", type: "button", "aria-label": w.menu, title: w.menu, "aria-haspopup": "menu", "aria-expanded": "false",
        onclick: () => this.#toggleMenu() }, shape("more"));
      parts.menu = h("div", { class: "menu", role: "menu", "aria-label": w.menu, hidden: true, onkeydown: (event) => this.#menuKeys(event) });
      const head = h("div", { class: "head" },
        this.#config.logo ? h("img", { class: "logo", src: new URL(this.#config.logo, origin), alt: "" }) : null,
        h("div", { class: "names" }, h(this.#page ? "h1" : "h2", {}, this.#config.name), parts.subtitle), parts.menuButton,
        this.#page ? null : h("button", { class: "plain", type: "button", "aria-label": w.close, title: w.close, onclick: () => this.close() }, shape("close")));
      parts.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": w.log, tabindex: "0", onscroll: () => this.#atEnd() && (parts.fresh.hidden = true) });
      parts.fresh = h("button", { class: "fresh", type: "button", hidden: true, onclick: () => this.#scroll(true) }, `↓ ${w.fresh}`);
      parts.notice = h("p", { class: "notice", role: "status", hidden: true });
      parts.text = h("textarea", { rows: "1", "aria-label": w.composer, placeholder: w.placeholder, enterkeyhint: "send", autocomplete: "off",
        oninput: () => this.#grow(), onkeydown: (event) => this.#composerKeys(event) });
      parts.send = h("button", { class: "send", type: "submit", "aria-label": w.send, title: w.send, "aria-disabled": "true" }, shape("send"));
      const form = h("form", { onsubmit: (event) => this.#submit(event) }, parts.text, parts.send);
      parts.person = h("button", { class: "quiet-button", type: "button", onclick: () => this.#askForPerson() }, w.person);
      parts.panel = h("section", { class: "panel", role: this.#page ? "region" : "dialog", "aria-modal": this.#page ? null : "false", "aria-label": this.#config.name,
        onkeydown: (event) => this.#panelKeys(event) },
        head, parts.menu, parts.log, parts.fresh, parts.notice, h("div", { class: "composer" }, form), h("div", { class: "foot" }, parts.person));
      this.shadowRoot.replaceChildren(parts.panel, parts.launcher);
      this.#fillMenu();
      this.#greet();
      if (this.#config.paused) this.#notice(w.paused);
      this.#tellState();
    }

    #greet() {
      const { greeting, choices } = this.#config;
      const made = h("div", { class: "message" }, h("div", { class: "text" }, h("p", {}, greeting)));
      if (choices?.length && !this.#conversation && !store.get("conversation")) made.append(this.#choices(choices));
      this.#parts.log.append(made);
    }

    #fillMenu() {
      const w = this.#words;
      const item = (role, text, checked, run, lang) => h("button", { type: "button", role, tabindex: "-1", lang, "aria-checked": checked,
        onclick: () => { this.#toggleMenu(false); run(); } }, text);
      const locales = this.#config.locales ?? Object.keys(WORDS);
      this.#parts.menu.replaceChildren(
        ...locales.filter((locale) => WORDS[locale]).map((locale) =>
          item("menuitemradio", LANGUAGE_NAMES[locale], String(locale === this.#locale), () => this.#switchLocale(locale), locale)),
        h("hr", { role: "separator" }),
        item("menuitemcheckbox", w.sound, String(Boolean(store.get("sound"))), () => this.#toggleSound()),
        item("menuitem", w.restart, null, () => this.#restart()));
    }

    #toggleMenu(open = this.#parts.menu.hidden) {
      const { menu, menuButton } = this.#parts;
      menu.hidden = !open;
      menuButton.setAttribute("aria-expanded", String(open));
      if (open) menu.querySelector("button").focus();
      else if (menu.contains(this.shadowRoot.activeElement) || !this.shadowRoot.activeElement) menuButton.focus();
    }

    #menuKeys(event) {
      const items = [...this.#parts.menu.querySelectorAll("button")];
      const at = items.indexOf(this.shadowRoot.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
      if (to !== undefined) {
        event.preventDefault();
        items.at(to % items.length).focus();
      } else if (event.key === "Escape" || event.key === "Tab") {
        event.stopPropagation();
        this.#toggleMenu(false);
      }
    }

    #panelKeys(event) {
      if (event.key !== "Escape" || composing(event) || this.#page) return;
      event.stopPropagation();
      this.close();
    }

    async #switchLocale(locale) {
      if (locale === this.#locale) return;
      const draft = this.#parts.text.value;
      try {
        await this.#configure(locale);
      } catch {
        this.#notice(this.#words.problem);
        return;
      }
      store.set({ locale });
      this.#shown.clear();
      this.#build();
      if (this.#conversation) await this.#restore();
      this.#outbox.forEach((entry) => entry.state !== "sent" && this.#parts.log.append(entry.element));
      this.#parts.text.value = draft;
      this.#grow();
      this.#parts.text.focus();
    }

    #restart() {
      this.#live?.abort();
      this.#conversation = null;
      this.#starting = null;
      this.#lastEvent = "";
      this.#outbox = [];
      this.#status = { state: "assistant", ticket: null, agent: null };
      this.#shown.clear();
      store.set({ conversation: null, kept: [] });
      this.#build();
      this.#parts.text.focus();
    }

    // Opening and closing -----------------------------------------------------------------------------------------

    async open({ focus = true } = {}) {
      if (!(await this.#ready) && !this.#parts.panel) return;
      if (!this.#parts.panel) return;
      this.setAttribute("data-open", "");
      this.#parts.launcher.setAttribute("aria-expanded", "true");
      this.#read();
      this.#scroll(true);
      if (focus) this.#parts.text.focus({ preventScroll: true });
    }

    close() {
      if (this.#page || !this.#parts.panel) return;
      const inside = this.shadowRoot.activeElement;
      this.removeAttribute("data-open");
      this.#parts.launcher.setAttribute("aria-expanded", "false");
      if (inside) this.#parts.launcher.focus();
    }

    async ask(text) {
      await this.#ready;
      if (!this.#parts.panel) return;
      await this.open();
      if (text?.trim()) this.#enqueue(text.trim().slice(0, LONGEST));
    }

    /** Who the customer is, for the next conversation: {name, email, phone, external_id, identity: signed token}. */
    identify(customer) {
      this.#customer = { ...customer };
    }

    get #visible() {
      return (this.hasAttribute("data-open") || this.#page) && !document.hidden;
    }

    #read() {
      if (!this.#visible || !this.#parts.badge) return;
      this.#unread = 0;
      this.#tellUnread();
    }

    #tellUnread() {
      const { badge, launcher } = this.#parts;
      badge.textContent = this.#unread > 9 ? "9+" : this.#unread;
      badge.hidden = !this.#unread;
      launcher.setAttribute("aria-label", this.#unread ? this.#say("openUnread", { n: this.#unread }) : this.#words.open);
      if (this.#unread && !this.#pageTitle) this.#pageTitle = document.title;
      if (this.#unread) document.title = `(${this.#unread}) ${this.#pageTitle}`;
      else if (this.#pageTitle) {
        document.title = this.#pageTitle;
        this.#pageTitle = "";
      }
    }

    #toggleSound() {
      store.set({ sound: !store.get("sound") });
      this.#fillMenu();
      if (store.get("sound")) this.#chime();
    }

    #chime() {
      try {
        const audio = new AudioContext();
        const gain = audio.createGain();
        gain.gain.setValueAtTime(0.06, audio.currentTime);
        gain.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.4);
        gain.connect(audio.destination);
        [659, 880].forEach((pitch, at) => {
          const tone = audio.createOscillator();
          tone.frequency.value = pitch;
          tone.connect(gain);
          tone.start(audio.currentTime + at * 0.12);
          tone.stop(audio.currentTime + 0.4);
        });
        setTimeout(() => audio.close(), 800);
      } catch {
        // A browser that allows no sound yet: the launcher and the title still tell.
      }
    }

    // Scrolling: what the reader looks at never moves -------------------------------------------------------------

    #atEnd() {
      const { log } = this.#parts;
      return log.scrollHeight - log.scrollTop - log.clientHeight < 48;
    }

    #scroll(force = false) {
      const { log, fresh } = this.#parts;
      if (force || this.#follow) {
        log.scrollTop = log.scrollHeight;
        fresh.hidden = true;
      } else fresh.hidden = false;
    }

    #follow = true;

    /** Changes the log by `change`, then scrolls to the end only if the reader was there. */
    #inLog(change) {
      this.#follow = this.#atEnd();
      change();
      this.#scroll();
    }

    /** Shows a new answer from its first line, so that a long one is read from the top. */
    #reveal(element, wasAtEnd) {
      const { log, fresh } = this.#parts;
      if (!wasAtEnd) {
        fresh.hidden = false;
        return;
      }
      const top = element.offsetTop - log.offsetTop - 56;
      log.scrollTop = Math.min(log.scrollHeight, top);
      fresh.hidden = true;
    }

    // Composer ----------------------------------------------------------------------------------------------------

    #grow() {
      const { text, send } = this.#parts;
      text.style.height = "auto";
      text.style.height = `${Math.min(text.scrollHeight, 116)}px`;
      send.setAttribute("aria-disabled", String(!text.value.trim()));
    }

    #composerKeys(event) {
      if (event.key !== "Enter" || event.shiftKey || composing(event)) return;
      event.preventDefault();
      this.#submit(event);
    }

    #submit(event) {
      event.preventDefault();
      const { text } = this.#parts;
      const words = text.value.trim();
      if (!words) return;
      if ([...words].length > LONGEST) {
        this.#notice(this.#words.tooLong);
        return;
      }
      this.#notice("");
      text.value = "";
      this.#grow();
      this.#enqueue(words);
      text.focus();
    }

    #notice(text) {
      this.#parts.notice.textContent = text;
      this.#parts.notice.hidden = !text;
    }

    // Sending -----------------------------------------------------------------------------------------------------

    #enqueue(text, client_id = newId()) {
      const entry = { client_id, text, state: "sending", tries: 0 };
      entry.note = h("div", { class: "note" }, this.#words.sending);
      entry.element = h("div", { class: "message mine" }, h("span", { class: "hidden-text" }, this.#words.you), h("div", { class: "text" }, text), entry.note);
      this.#outbox.push(entry);
      this.#keep();
      this.#parts.log.querySelectorAll(".choices").forEach((old) => old.remove());
      this.#parts.log.append(entry.element);
      this.#scroll(true);
      this.#flush();
    }

    /** Messages that are not acknowledged yet survive a reload. */
    #keep() {
      const kept = this.#outbox.filter((entry) => entry.state !== "sent").map(({ client_id, text }) => ({ client_id, text }));
      store.set({ kept });
    }

    #resendKept() {
      for (const { client_id, text } of store.get("kept") ?? []) this.#enqueue(text, client_id);
    }

    /** Sends what is due, in order: nothing overtakes a message that has to be sent again. */
    #flush() {
      for (const entry of this.#outbox) {
        if (entry.state === "waiting") return;
        if (entry.state === "sending" && !entry.running) {
          entry.running = true;
          this.#send(entry);
        }
      }
    }

    async #send(entry) {
      const answer = this.#answer(entry);
      this.#inFlight += 1;
      try {
        const conversation = await this.#started();
        const response = await request(`/conversations/${conversation.id}/messages`, {
          method: "POST",
          token: conversation.token,
          body: { text: entry.text, client_id: entry.client_id },
          headers: { Accept: "text/event-stream" },
        });
        entry.tries = 0;
        const result = await this.#stream(response, answer, entry);
        this.#finish(entry, answer, result);
      } catch (error) {
        answer.remove();
        await this.#failed(entry, error);
      } finally {
        this.#inFlight -= 1;
        entry.running = false;
        if (!this.#inFlight) this.#release();
        this.#flush();
      }
    }

    async #stream(response, answer, entry) {
      if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return response.json();
      for await (const { event, data } of readEvents(response)) {
        if (event === "done") return data;
        if (event === "status") {
          // It comes once the message is stored: "sent" is said now, not before.
          this.#acknowledge(entry);
          answer.tell(data);
        }
        if (event === "delta") answer.add(data.text);
        if (event === "error") throw new Failure(STATUS_OF[data.error?.code] ?? 500, data.error?.message, data.error?.details?.retry_after);
      }
      throw new Failure(0, "the stream ended early");
    }

    #acknowledge(entry) {
      if (entry.state === "sent") return;
      entry.state = "sent";
      entry.note.className = "note";
      entry.note.textContent = this.#words.sent;
      this.#keep();
    }

    #finish(entry, answer, { message, reply, ticket }) {
      this.#acknowledge(entry);
      entry.note.hidden = Boolean(reply);
      if (message?.id) this.#shown.set(message.id, entry.element);
      const wasAtEnd = this.#atEnd();
      answer.remove();
      if (reply && !this.#shown.has(reply.id)) {
        const made = this.#show({ role: "assistant", ...reply });
        this.#reveal(made, wasAtEnd);
        this.#tell();
      }
      if (ticket) this.#status.ticket = { ...this.#status.ticket, ...ticket };
      if (ticket && this.#status.state === "assistant") this.#status.state = "waiting";
      if (ticket && !this.#status.ticket.url) this.#findTicket();
      this.#tellState();
      this.#listen();
    }

    async #failed(entry, error) {
      const w = this.#words;
      entry.tries += 1;
      if ((error.status === 401 || error.status === 404) && entry.tries === 1) {
        this.#forget();
        entry.state = "sending";
        return;
      }
      if (!error.passing) {
        entry.state = "failed";
        entry.note.className = "note bad";
        const again = h("button", { class: "quiet-button", type: "button", onclick: () => { entry.state = "sending"; entry.note.textContent = w.sending; this.#flush(); } }, w.retry);
        entry.note.replaceChildren(this.#say("failed", { reason: error.message }), again);
        return;
      }
      entry.state = "waiting";
      entry.offline = error.status === 0;
      const seconds = error.after ?? Math.min(30, 2 ** entry.tries / 2);
      entry.note.className = "note";
      entry.note.textContent = error.status === 429 ? this.#say("tooMany", { n: Math.ceil(seconds) }) : entry.offline ? w.offline : w.keeping;
      setTimeout(() => {
        if (entry.state !== "waiting") return;
        entry.state = "sending";
        this.#flush();
      }, seconds * 1000);
    }

    /** The stored conversation is gone on the server: begin another, and say so once. */
    #forget() {
      if (!this.#conversation) return;
      this.#live?.abort();
      this.#conversation = null;
      this.#starting = null;
      this.#lastEvent = "";
      store.set({ conversation: null });
      this.#system(this.#words.ended);
    }

    /** The conversation, begun at the first message and only once. */
    async #started() {
      if (this.#conversation) return this.#conversation;
      const { identity, ...customer } = this.#customer;
      const body = { locale: this.#locale, channel: this.#channel };
      if (Object.keys(customer).length) body.customer = customer;
      const token = identity ?? this.dataset.identity;
      if (token) body.identity = token;
      this.#starting ??= json("/conversations", { method: "POST", body });
      try {
        const { id, token: secret } = await this.#starting;
        this.#lastEvent = "0";
        this.#conversation = { id, token: secret };
        store.set({ conversation: this.#conversation });
        return this.#conversation;
      } finally {
        this.#starting = null;
      }
    }

    /** What the customer sees while an answer is made: first what happens, then the words as they come. */
    #answer(entry) {
      const told = h("span", {}, this.#words.thinking);
      const made = h("div", { class: "message", "aria-hidden": "true" }, h("div", { class: "working" }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), told));
      let text = null;
      const appear = setTimeout(() => {
        if (this.#status.state !== "human") this.#inLog(() => entry.element.after(made));
      }, 300);
      const long = setTimeout(() => (told.textContent = this.#words.long), 3000);
      return {
        tell: ({ text: words, phase, state }) => {
          told.textContent = words ?? ((phase ?? state) === "writing" ? this.#words.writing : this.#words.thinking);
        },
        add: (words) => {
          clearTimeout(long);
          this.#inLog(() => {
            if (!made.isConnected) entry.element.after(made);
            if (!text) made.replaceChildren((text = h("div", { class: "text provisional" })));
            text.append(words);
          });
        },
        remove: () => {
          clearTimeout(appear);
          clearTimeout(long);
          made.remove();
        },
      };
    }

    // Transcript and live events ----------------------------------------------------------------------------------

    async #restore() {
      try {
        const told = await json(`/conversations/${this.#conversation.id}`, { token: this.#conversation.token });
        const kept = new Set((store.get("kept") ?? []).map(({ client_id }) => client_id));
        for (const message of told.messages ?? []) {
          if (message.client_id && kept.has(message.client_id)) this.#drop(message.client_id);
          if (message.role === "customer") this.#showMine(message);
          else this.#show(message);
        }
        this.#lastEvent ||= String(told.last_event ?? "");
        Object.assign(this.#status, { state: told.status, ticket: told.ticket, agent: agentOf(told), rating: told.rating });
        this.#tellState();
        this.#scroll(true);
        this.#listen();
      } catch (error) {
        if (error.status === 401 || error.status === 404) this.#forget();
        else setTimeout(() => this.#conversation && this.#restoreAgain(), 4000);
      }
    }

    /** The address of a ticket that an answer or an event only numbered. */
    async #findTicket() {
      const { id, token } = this.#conversation;
      const told = await json(`/conversations/${id}`, { token }).catch(() => null);
      if (!told?.ticket) return;
      this.#status.ticket = told.ticket;
      this.#tellState();
    }

    #restoreAgain() {
      if (!this.#shown.size) this.#restore();
    }

    #drop(client_id) {
      store.set({ kept: (store.get("kept") ?? []).filter((entry) => entry.client_id !== client_id) });
    }

    #showMine(message) {
      if (this.#shown.has(message.id)) return;
      const made = h("div", { class: "message mine" }, h("span", { class: "hidden-text" }, this.#words.you), h("div", { class: "text" }, message.text));
      this.#shown.set(message.id, made);
      this.#parts.log.append(made);
    }

    /** Follows the conversation's events until it ends or another begins; comes back after every break. */
    async #listen() {
      if (this.#live && !this.#live.signal.aborted) return;
      const control = (this.#live = new AbortController());
      const conversation = this.#conversation;
      let pause = 1;
      while (conversation && !control.signal.aborted) {
        try {
          const headers = { Accept: "text/event-stream" };
          if (this.#lastEvent) headers["Last-Event-ID"] = this.#lastEvent;
          const response = await request(`/conversations/${conversation.id}/events`, { token: conversation.token, headers, signal: control.signal });
          for await (const event of readEvents(response)) {
            pause = 1;
            if (event.id) this.#lastEvent = event.id;
            this.#happened(event);
          }
        } catch (error) {
          if ([401, 403, 404].includes(error.status)) break;
          pause = error.after ?? Math.min(30, pause * 2);
        }
        await wait(pause * 1000 * (0.75 + Math.random() / 2));
      }
      if (this.#live === control) this.#live = null;
    }

    #happened({ event, data }) {
      if (event === "message") {
        if (data.message.role === "assistant" && this.#inFlight) this.#held.push(data.message);
        else this.#arrived(data.message);
      } else if (event === "message.withdrawn") this.#withdraw(data.message?.id ?? data.id);
      else if (event === "typing") this.#typing(data.agent?.name ?? data.name);
      else if (event === "status") this.#changed(data);
      else if (event === "rating") this.#askForRating();
    }

    #release() {
      for (const message of this.#held.splice(0)) this.#arrived(message);
    }

    #arrived(message) {
      if (this.#shown.has(message.id)) return;
      if (message.role === "customer") {
        if (!this.#outbox.some((entry) => entry.client_id === message.client_id || entry.text === message.text)) this.#showMine(message);
        return;
      }
      this.#typing(null);
      const wasAtEnd = this.#atEnd();
      const made = this.#show(message);
      this.#reveal(made, wasAtEnd);
      this.#tell();
    }

    /** Tells of a reply that the customer may not see: on the launcher, in the title, by sound. */
    #tell() {
      if (this.#visible) return;
      this.#unread += 1;
      this.#tellUnread();
      if (store.get("sound")) this.#chime();
    }

    #withdraw(id) {
      const made = this.#shown.get(id);
      made?.replaceChildren(h("p", { class: "note" }, this.#words.withdrawn));
    }

    #typing(name) {
      clearTimeout(this.#typingTimer);
      this.shadowRoot.querySelector(".typing")?.remove();
      if (!name) return;
      this.#inLog(() => this.#parts.log.append(h("div", { class: "working typing" }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), this.#say("typing", { name }))));
      this.#typingTimer = setTimeout(() => this.#typing(null), 6000);
    }

    #changed(data) {
      const { agent, ticket } = this.#status;
      // An event names the ticket without its address, which is known from before.
      this.#status = { ...this.#status, ...data, ticket: data.ticket ? { ...ticket, ...data.ticket } : ticket };
      if (data.agent === undefined) this.#status.agent = agent;
      if (this.#status.state !== "human") this.#typing(null);
      if (this.#status.ticket && !this.#status.ticket.url) this.#findTicket();
      this.#tellState();
    }

    /** The header, the way to a person and the rating follow the conversation's state. */
    #tellState() {
      const { state, agent, ticket, rating } = this.#status;
      const human = state === "human" && agent?.name;
      this.#parts.subtitle.textContent = human ? this.#say("withAgent", { name: agent.name }) : state === "waiting" ? this.#words.waiting : this.#words.subtitle;
      const waiting = state === "waiting" || state === "human";
      const { person } = this.#parts;
      if (waiting && ticket?.url) person.replaceWith((this.#parts.person = h("a", { class: "link", href: new URL(ticket.url, origin), target: "_blank", rel: "noopener" }, `${this.#say("ticket", { number: ticket.number })} · ${this.#words.follow}`)));
      else if (!waiting && person.tagName === "A") person.replaceWith((this.#parts.person = h("button", { class: "quiet-button", type: "button", onclick: () => this.#askForPerson() }, this.#words.person)));
      if (ticket?.status === "solved" && !rating) this.#askForRating();
      else this.shadowRoot.querySelector(".csat:not(.done)")?.remove();
    }

    #system(text) {
      const made = h("p", { class: "system" }, text);
      this.#inLog(() => this.#parts.log.append(made));
      return made;
    }

    // Messages ----------------------------------------------------------------------------------------------------

    #show(message) {
      if (message.role === "system") {
        const made = h("p", { class: "system" }, message.text);
        this.#shown.set(message.id, made);
        this.#parts.log.append(made);
        return made;
      }
      const w = this.#words;
      const assistant = message.role === "assistant";
      const byModel = assistant && message.written_by && message.written_by !== "extract";
      const by = h("div", { class: "by" }, h("b", {}, assistant ? w.assistant : message.author || w.agent), byModel ? h("span", { class: "tag" }, w.ai) : null);
      const text = h("div", { class: "text", html: message.html ?? "" });
      if (!message.html) text.textContent = message.text;
      text.querySelectorAll("a[href]").forEach((link) => Object.assign(link, { target: "_blank", rel: "noopener" }));
      text.querySelectorAll("table").forEach((table) => Object.assign(table, { tabIndex: 0 }));
      const made = h("article", { class: "message", "aria-label": assistant ? w.assistant : message.author || w.agent }, by, text);
      this.#shown.set(message.id, made);
      if (message.citations?.length) made.append(this.#sources(text, message.citations));
      if (assistant && message.outcome === "answered") made.append(this.#feedback(message));
      this.#parts.log.querySelectorAll(".choices").forEach((old) => old.remove());
      if (message.choices?.length) made.append(this.#choices(message.choices));
      if (message.outcome === "handed_over") made.append(h("div", { class: "choices" }, h("button", { class: "chip", type: "button", onclick: () => this.#askForPerson() }, w.contact)));
      this.#parts.log.append(made);
      return made;
    }

    #choices(choices) {
      return h("div", { class: "choices" }, choices.map(({ text, action }) => h("button", { class: "chip", type: "button",
        onclick: () => (action === "handover" ? this.#askForPerson() : this.#enqueue(text)) }, text)));
    }

    /** The list of sources under an answer; each [n] in the text becomes a button for the same quote. */
    #sources(text, citations) {
      const w = this.#words;
      const list = h("div", { class: "sources", "aria-label": w.sources, role: "group" });
      const toggles = new Map();
      for (const citation of citations) {
        const title = citation.heading && citation.heading !== citation.title ? `${citation.title} › ${citation.heading}` : citation.title;
        const quote = h("div", { class: "quote", hidden: true }, h("p", { class: "title" }, citation.heading || citation.title), h("blockquote", { lang: citation.locale || null }, citation.quote),
          citation.translation ? h("p", { class: "note" }, w.translated) : null, citation.translation ? h("blockquote", {}, citation.translation) : null,
          h("p", { class: "note" }, citation.url ? h("a", { class: "link", href: new URL(citation.url, origin), target: "_blank", rel: "noopener" }, w.article) : null,
            citation.converted ? h("span", { class: "tag" }, w.converted) : null));
        const button = h("button", { type: "button", "aria-expanded": "false" }, h("b", {}, String(citation.n)), h("span", {}, title));
        const buttons = [button];
        const toggle = () => {
          quote.hidden = !quote.hidden;
          buttons.forEach((one) => one.setAttribute("aria-expanded", String(!quote.hidden)));
          if (!quote.hidden) quote.scrollIntoView({ block: "nearest" });
        };
        button.addEventListener("click", toggle);
        list.append(h("div", { class: "source" }, button, quote));
        toggles.set(String(citation.n), { citation, buttons, toggle });
      }
      this.#linkMarks(text, toggles);
      return list;
    }

    #linkMarks(text, toggles) {
      // Of a single source, a mark in a line of its own (behind a table) only repeats the list right below.
      if (toggles.size === 1) for (const line of text.querySelectorAll("p")) if (/^\s*\[\d+\]\s*$/.test(line.textContent)) line.remove();
      const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
      const nodes = [];
      while (walker.nextNode()) if (/\[\d+\]/.test(walker.currentNode.data)) nodes.push(walker.currentNode);
      for (const node of nodes) {
        const pieces = node.data.split(/\s?\[(\d+)\]/);
        node.replaceWith(...pieces.flatMap((piece, at) => {
          const marked = toggles.has(pieces[at + 1]) ? /^([^]*?)(\S{0,12})$/.exec(piece) : null;
          // The end of the text before a mark goes along with it, so that no mark begins a line.
          if (at % 2 === 0) return marked ? marked[1] : piece;
          const found = toggles.get(piece);
          if (!found) return `[${piece}]`;
          const button = h("button", { class: "mark", type: "button", "aria-expanded": "false",
            "aria-label": this.#say("source", { n: piece, title: found.citation.title }), onclick: found.toggle }, piece);
          found.buttons.push(button);
          return h("span", { class: "together" }, /\S{0,12}$/.exec(pieces[at - 1])[0], button);
        }));
      }
    }

    // Feedback, handover, rating ----------------------------------------------------------------------------------

    #post(path, body) {
      return json(`/conversations/${this.#conversation.id}/${path}`, { method: "POST", token: this.#conversation.token, body });
    }

    #feedback(message) {
      const w = this.#words;
      const line = h("div", { class: "line" });
      if (message.helpful != null) return line;
      const give = async (helpful, extra = {}) => {
        try {
          await this.#post("feedback", { message: message.id, helpful, ...extra });
          return true;
        } catch {
          this.#notice(w.problem);
          return false;
        }
      };
      const thank = () => line.replaceChildren(h("span", { role: "status" }, w.thanks));
      const yes = h("button", { class: "chip small", type: "button", onclick: async () => (await give(true)) && thank() }, w.yes);
      const no = h("button", { class: "chip small", type: "button", onclick: async () => {
        if (!(await give(false))) return;
        const reasons = this.#reasons(give);
        line.replaceWith(reasons);
        reasons.scrollIntoView({ block: "nearest" });
        reasons.querySelector("button").focus({ preventScroll: true });
      } }, w.no);
      line.append(h("span", {}, w.helped), yes, no);
      return line;
    }

    #reasons(give) {
      const w = this.#words;
      const chosen = new Set();
      const chips = REASONS.map((reason) => h("button", { class: "chip", type: "button", "aria-pressed": "false", onclick: (event) => {
        const on = !chosen.delete(reason) && Boolean(chosen.add(reason));
        event.currentTarget.setAttribute("aria-pressed", String(on));
      } }, w[reason]));
      const comment = h("textarea", { class: "input", rows: "2", maxlength: "1000", "aria-label": w.comment, placeholder: w.comment });
      const form = h("form", { class: "card", "aria-label": w.reasons, onsubmit: async (event) => {
        event.preventDefault();
        const extra = {};
        if (chosen.size) extra.reasons = [...chosen].map((reason) => REASON_CODES[reason]);
        if (comment.value.trim()) extra.comment = comment.value.trim();
        if (Object.keys(extra).length && !(await give(false, extra))) return;
        form.replaceWith(h("div", { class: "line" }, h("span", { role: "status" }, w.thanks), h("button", { class: "chip small", type: "button", onclick: () => this.#askForPerson() }, w.person)));
      } }, h("p", { class: "title" }, w.reasons), h("div", { class: "line" }, chips), comment, h("div", { class: "line" }, h("button", { class: "button", type: "submit" }, w.submit)));
      return form;
    }

    #askForPerson() {
      const w = this.#words;
      const open = this.shadowRoot.querySelector(".handover");
      if (open) {
        open.querySelector("input")?.focus();
        open.scrollIntoView({ block: "nearest" });
        return;
      }
      const email = h("input", { class: "input", type: "email", name: "email", autocomplete: "email", value: this.#customer.email ?? "" });
      const phone = h("input", { class: "input", type: "tel", name: "phone", autocomplete: "tel", value: this.#customer.phone ?? "" });
      const fields = [h("label", { class: "field" }, w.email, email), h("label", { class: "field" }, w.phone, phone)];
      if (this.#locale !== "en") fields.reverse();
      const problem = h("p", { class: "bad-text", role: "alert", hidden: true });
      // Who has a ticket only says here how to be reached.
      const ticketed = Boolean(this.#status.ticket) && this.#status.state !== "assistant";
      const title = ticketed ? w.contact : w.personTitle;
      const go = h("button", { class: "button", type: "submit" }, ticketed ? w.keep : w.handOver);
      const form = h("form", { class: "card handover", novalidate: true, "aria-label": title, onsubmit: async (event) => {
        event.preventDefault();
        if (go.getAttribute("aria-disabled") === "true") return;
        problem.hidden = email.validity.valid;
        problem.textContent = w.badEmail;
        if (!email.validity.valid) return email.focus();
        go.setAttribute("aria-disabled", "true");
        const body = {};
        if (email.value.trim()) body.email = email.value.trim();
        if (phone.value.trim()) body.phone = phone.value.trim();
        try {
          await this.#started();
          const result = await this.#post("handover", body);
          form.remove();
          this.#handedOver(result, Object.keys(body).length > 0);
        } catch (error) {
          go.setAttribute("aria-disabled", "false");
          problem.hidden = false;
          problem.textContent = error.status === 422 ? error.message : w.problem;
        }
      } }, h("p", { class: "title" }, title), h("p", {}, ticketed ? w.contactText : w.personText), ...fields, problem,
        h("div", { class: "line" }, go, h("button", { class: "quiet-button", type: "button", onclick: () => { form.remove(); this.#parts.text.focus(); } }, w.cancel)));
      this.#parts.log.append(form);
      this.#scroll(true);
      form.querySelector("input").focus({ preventScroll: true });
    }

    #handedOver({ ticket, message, ...promise }, withContact) {
      const w = this.#words;
      this.#status.ticket = ticket;
      if (this.#status.state === "assistant") this.#status.state = "waiting";
      this.#tellState();
      if (message) this.#showTicket(message, ticket, promise);
      else this.#system(withContact ? w.kept : this.#say("already", { number: ticket.number }));
      this.#scroll(true);
      this.#parts.text.focus({ preventScroll: true });
      this.#listen();
    }

    /** The new ticket as a card. It stands for the conversation's message of the same content, whichever comes first. */
    #showTicket(message, ticket, { on_duty, expected_reply_by, position }) {
      const w = this.#words;
      const lines = [on_duty ? w.onDuty : w.offDuty];
      if (position != null && on_duty) lines.push(position > 1 ? this.#say("position", { n: position - 1 }) : w.next);
      if (expected_reply_by) lines.push(this.#say("expect", { time: this.#time(expected_reply_by) }));
      const made = h("div", { class: "card" }, h("p", { class: "title" }, this.#say("ticket", { number: ticket.number })), h("p", {}, lines.join(this.#locale === "en" ? " " : "")),
        h("p", { class: "note" }, w.goOn));
      this.#shown.get(message)?.remove();
      this.#shown.set(message, made);
      this.#parts.log.append(made);
    }

    #askForRating() {
      if (this.shadowRoot.querySelector(".csat")) return;
      const w = this.#words;
      const card = h("div", { class: "card csat" });
      const rate = async (score, comment) => {
        try {
          await this.#post("rating", comment ? { score, comment } : { score });
          this.#status.rating = score;
          return true;
        } catch {
          this.#notice(w.problem);
          return false;
        }
      };
      const done = () => card.replaceChildren(h("p", { role: "status" }, w.rated));
      const more = (score) => {
        card.classList.add("done");
        const comment = h("textarea", { class: "input", rows: "2", maxlength: "1000", "aria-label": w.ratingComment, placeholder: w.ratingComment });
        card.replaceChildren(h("p", { role: "status" }, w.rated), comment, h("div", { class: "line" },
          h("button", { class: "button", type: "button", onclick: async () => { if (!comment.value.trim() || (await rate(score, comment.value.trim()))) done(); } }, w.submit),
          h("button", { class: "quiet-button", type: "button", onclick: done }, w.skip)));
        this.#scroll();
      };
      const scores = w.scores.map((word, at) => h("button", { type: "button", "aria-label": `${at + 1}: ${word}`, onclick: async () => (await rate(at + 1)) && more(at + 1) },
        h("b", { "aria-hidden": "true" }, String(at + 1)), h("small", { "aria-hidden": "true" }, word)));
      card.append(h("p", {}, w.solved), h("div", { class: "scores", role: "group", "aria-label": w.solved }, scores));
      this.#inLog(() => this.#parts.log.append(card));
    }
  }

  customElements.define("askdesk-widget", AskdeskWidget);

  // The page's handle ---------------------------------------------------------------------------------------------

  const there = new Promise((resolve) => {
    const begin = () => {
      let element = document.querySelector("askdesk-widget");
      if (!element) {
        element = document.createElement("askdesk-widget");
        Object.assign(element.dataset, script?.dataset);
        document.body.append(element);
      }
      resolve(element);
    };
    if (document.body) begin();
    else document.addEventListener("DOMContentLoaded", begin);
  });

  window.Askdesk = {
    open: () => there.then((element) => element.open()),
    close: () => there.then((element) => element.close()),
    ask: (text) => there.then((element) => element.ask(text)),
    identify: (customer) => there.then((element) => element.identify(customer)),
  };
})();
