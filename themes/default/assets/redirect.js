// On a page that has moved: a part of it that is elsewhere than the rest is gone to at once.
"use strict";
(() => {
  const part = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const link = part && part.querySelector("a[href]");
  if (link) location.replace(link.href);
})();
