// Says where the terminal's line is, and comes back by itself when it was cut: nobody sits at a wall.
document.addEventListener("DOMContentLoaded", () => {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  document.getElementById("terminal").dataset.sessionWebsocketUrl = `${scheme}//${location.host}/line`;
  const again = new MutationObserver(() => {
    if (document.body.classList.contains("-closed")) {
      again.disconnect();
      const back = () => fetch("/", { cache: "no-store" }).then(() => location.reload(), () => setTimeout(back, 3000));
      setTimeout(back, 3000);
    }
  });
  again.observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
