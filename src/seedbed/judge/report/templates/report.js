(() => {
  "use strict";
  const key = "seedbed-language";
  const radios = { en: document.getElementById("say-en"), zh: document.getElementById("say-zh") };
  const titles = document.documentElement.dataset;
  const remembered = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const remember = (tongue) => { try { localStorage.setItem(key, tongue); } catch { /* private */ } };
  const say = (tongue) => {
    radios[tongue].checked = true;
    document.documentElement.lang = tongue === "zh" ? "zh-Hans" : "en";
    document.title = tongue === "zh" ? titles.titleZh : titles.titleEn;
  };
  const fromHash = () => (/^#(en|zh)$/.exec(location.hash) || [])[1];
  const fromBrowser = () => ((navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en");
  const kept = remembered();
  say(fromHash() || (kept === "en" || kept === "zh" ? kept : fromBrowser()));
  for (const tongue of Object.keys(radios)) {
    radios[tongue].addEventListener("change", () => { say(tongue); remember(tongue); });
  }
  addEventListener("hashchange", () => { if (fromHash()) say(fromHash()); });
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
})();
