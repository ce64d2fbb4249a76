// Sends the page's form as soon as a person shows herself: whoever opened it from her mail need not tap twice, and what
// only follows links, or runs a page without hands, changes nothing. Without JavaScript the button does the same.
(() => {
  const form = document.querySelector("form[data-submits-itself]");
  if (!form || navigator.webdriver) return;
  const signs = ["pointermove", "pointerdown", "touchstart", "wheel", "keydown"];
  const go = (event) => {
    if (!event.isTrusted || document.visibilityState !== "visible") return;
    signs.forEach((name) => removeEventListener(name, go));
    form.requestSubmit();
  };
  signs.forEach((name) => addEventListener(name, go, { passive: true }));
})();
