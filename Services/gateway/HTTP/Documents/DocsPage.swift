/// The page that shows a description; it asks for `openapi.json` beside it and for nothing else.
enum DocsPage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>API</title>
        <link rel="icon" href="data:,">
        <style>\(DocsStyle.css)</style>
        </head>
        <body>
        <aside>
          <header><h1 id="title">API</h1><span id="version"></span></header>
          <input id="search" type="search" placeholder="Search routes and fields" aria-label="Search routes and fields">
          <nav id="toc" aria-label="Routes"></nav>
        </aside>
        <main>
          <section id="intro">
            <p id="about"></p>
            <label for="token">Credential for the curl lines below; it stays on this page.</label>
            <input id="token" type="password" autocomplete="off" placeholder="JWT, or an API key that begins with sb_">
            <p class="links"><a href="openapi.json">openapi.json</a></p>
          </section>
          <div id="operations"><p class="note">Reading openapi.json …</p></div>
        </main>
        <script>\(DocsScript.source)</script>
        </body>
        </html>
        """
}
