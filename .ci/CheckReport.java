import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Opens a report in headless Chromium, without a network, and says what is wrong with it: anything on the console, any
 * request but for the page itself, a page that scrolls sideways on a phone or a desktop, no dark mode, unreadable text,
 * scripts; and in the report's JSON cells that are missing or have not enough numbers. Before that it plants each of these
 * defects into a copy of the report and must find it, so that a check that has gone blind is noticed.
 */
final class CheckReport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PHONE = 390;
    private static final int DESKTOP = 1280;

    private CheckReport() {}

    public static void main(String[] args) throws Exception {
        if (args.length < 4) {
            System.err.println("usage: check-report HTML JSON CELLS FORKS [DIRECTORY_FOR_PICTURES]");
            System.exit(2);
        }
        Path html = Path.of(args[0]).toAbsolutePath();
        String page = Files.readString(html);
        JsonNode report = JSON.readTree(Path.of(args[1]).toFile());
        int cells = Integer.parseInt(args[2]);
        int forks = Integer.parseInt(args[3]);
        List<String> complaints = new ArrayList<>();
        try (Browser browser = new Browser()) {
            for (Planted defect : planted()) {
                Path copy = browser.directory().resolve("planted.html");
                Files.writeString(copy, defect.plant().apply(page));
                List<String> found = look(browser, copy);
                if (found.stream().noneMatch(complaint -> complaint.contains(defect.complaint()))) {
                    complaints.add("the check is blind: of a planted defect it doesn't say \"%s\", but %s"
                            .formatted(defect.complaint(), found));
                }
            }
            complaints.addAll(look(browser, html));
            if (args.length > 4) {
                takePictures(browser, html, Files.createDirectories(Path.of(args[4])));
            }
        }
        for (UnaryOperator<ObjectNode> defect : List.<UnaryOperator<ObjectNode>>of(
                CheckReport::withoutACell, CheckReport::withAFailedCell, CheckReport::withAForkLess)) {
            if (count(defect.apply(report.deepCopy()), cells, forks).isEmpty()) {
                complaints.add("the check is blind: it doesn't see a cell that is missing, failed or lacks a fork");
            }
        }
        complaints.addAll(count(report, cells, forks));
        complaints.forEach(complaint -> System.out.println("report: " + complaint));
        if (!complaints.isEmpty()) {
            System.exit(1);
        }
        System.out.printf(
                "report: %d bytes, %d cells completed with %d forks each; no console lines, no requests, no sideways"
                        + " scrolling, light and dark; each of %d planted defects was found%n",
                Files.size(html), cells, forks, planted().size() + 3);
    }

    /**
     * A defect that a copy of the report is given.
     *
     * @param plant     into the page
     * @param complaint part of what must be said of it
     */
    private record Planted(UnaryOperator<String> plant, String complaint) {}

    private static List<Planted> planted() {
        return List.of(
                new Planted(atEnd("<script>console.log('hello')</script>"), "writes to the console"),
                new Planted(atEnd("<script>throw new Error('planted')</script>"), "throws: Error: planted"),
                new Planted(atEnd("<script></script>"), "has scripts"),
                new Planted(atEnd("<img alt='' src='beside.png'>"), "requests file:"),
                new Planted(atEnd("<img alt='' src='beside.png'>"), "complains: Failed to load resource"),
                new Planted(
                        atEnd("<link rel='stylesheet' href='https://fonts.googleapis.com/css?family=X'>"),
                        "requests https://fonts.googleapis.com/"),
                new Planted(atEnd("<div style='width: 500px'>wide</div>"), "wide on a screen of " + PHONE),
                new Planted(
                        atEnd("<details><summary>x</summary><div style='width: 1500px'>wide</div></details>"),
                        "wide on a screen of " + DESKTOP),
                new Planted(
                        page -> page.replace("prefers-color-scheme", "prefers-no-color-scheme"),
                        "dark mode has the same background"),
                new Planted(
                        page -> page.replace("</style>", "body { color: #888; background: #777; }</style>"),
                        "contrast of text"),
                new Planted(page -> "<!DOCTYPE html><title>x</title>", "is empty"));
    }

    private static UnaryOperator<String> atEnd(String addition) {
        return page -> page.replace("</body>", addition + "</body>");
    }

    private static ObjectNode withoutACell(ObjectNode report) {
        ((ArrayNode) report.path("cells")).remove(0);
        return report;
    }

    private static ObjectNode withAFailedCell(ObjectNode report) {
        ((ObjectNode) report.path("cells").path(0)).put("outcome", "failed");
        return report;
    }

    private static ObjectNode withAForkLess(ObjectNode report) {
        ObjectNode cell = (ObjectNode) report.path("cells").path(0);
        cell.put("n", cell.path("n").intValue() - 1);
        return report;
    }

    private static List<String> count(JsonNode report, int cells, int forks) {
        List<String> complaints = new ArrayList<>();
        if (report.path("cells").size() != cells) {
            complaints.add("there are %d cells, not %d".formatted(report.path("cells").size(), cells));
        }
        for (JsonNode cell : report.path("cells")) {
            String outcome = cell.path("outcome").asText();
            if (!outcome.equals("completed") || cell.path("n").intValue() != forks) {
                complaints.add("%s/%s is %s with %s forks: %s"
                        .formatted(
                                cell.path("workload").asText(),
                                cell.path("profile").asText(),
                                outcome,
                                cell.path("n"),
                                cell.path("reason").asText()));
            }
        }
        return complaints;
    }

    private static List<String> look(Browser browser, Path html) throws Exception {
        try (Tab tab = browser.tab()) {
            tab.open(html);
            List<String> complaints = new ArrayList<>(tab.overheard(html.toUri().toString()));
            if (tab.ask("document.body.innerText.length").asInt() < 500) {
                complaints.add("the page is empty");
            }
            if (tab.ask("document.scripts.length").asInt() > 0) {
                complaints.add("the page has scripts");
            }
            tab.ask("document.querySelectorAll('details').forEach(it => { it.open = true })");
            for (int width : new int[] {PHONE, DESKTOP}) {
                tab.width(width);
                int wide = tab.ask("document.documentElement.scrollWidth").asInt();
                if (wide > width) {
                    complaints.add("the page is %d pixels wide on a screen of %d: %s"
                            .formatted(wide, width, tab.ask(WIDEST.formatted(width)).asText()));
                }
            }
            String light = complainOfColours(tab, "light", complaints);
            String dark = complainOfColours(tab, "dark", complaints);
            if (light.equals(dark)) {
                complaints.add("dark mode has the same background as light mode, " + light);
            }
            return complaints;
        }
    }

    private static final String WIDEST = """
            Array.from(document.body.querySelectorAll('*'))
                .filter(it => it.getBoundingClientRect().right > %d && !it.parentElement.closest('.scroll'))
                .slice(0, 5).map(it => '<' + it.tagName.toLowerCase() + ' class=' + it.className + '>').join(' ')
            """;

    /** The first background that isn't transparent, from the body outwards, and the contrast of the text on it. */
    private static final String COLOURS = """
            (() => {
                const rgb = it => it.match(/[0-9.]+/g).map(Number);
                const light = it => { const [r, g, b] = rgb(it).map(v => v / 255)
                        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
                const back = [document.body, document.documentElement].map(it => getComputedStyle(it).backgroundColor)
                        .concat('rgb(255, 255, 255)').find(it => rgb(it).length == 3 || rgb(it)[3] == 1);
                const [a, b] = [back, getComputedStyle(document.body).color].map(light).sort((x, y) => y - x);
                return back + ' ' + (a + 0.05) / (b + 0.05);
            })()
            """;

    private static String complainOfColours(Tab tab, String scheme, List<String> complaints) throws Exception {
        tab.scheme(scheme);
        String[] answer = tab.ask(COLOURS).asText().split(" (?=[0-9.]+$)");
        if (Double.parseDouble(answer[1]) < 7) {
            complaints.add("the contrast of text is %s in %s mode (at least 7)".formatted(answer[1], scheme));
        }
        return answer[0];
    }

    private static void takePictures(Browser browser, Path html, Path directory) throws Exception {
        try (Tab tab = browser.tab()) {
            tab.open(html);
            for (String scheme : List.of("light", "dark")) {
                tab.scheme(scheme);
                for (int width : new int[] {PHONE, DESKTOP}) {
                    tab.width(width);
                    Files.write(directory.resolve(width + "-" + scheme + ".png"), tab.picture(false));
                    Files.write(directory.resolve(width + "-" + scheme + "-whole.png"), tab.picture(true));
                }
            }
        }
    }

    /** A Chromium of its own, that resolves no name. */
    private static final class Browser implements AutoCloseable {
        private final Path directory = Files.createTempDirectory("berth-check-report");
        private final HttpClient http = HttpClient.newHttpClient();
        private final Process process;
        private final String address;

        Browser() throws IOException {
            process = new ProcessBuilder(
                            "chromium",
                            "--headless",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-dev-shm-usage",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync",
                            "--no-first-run",
                            "--hide-scrollbars",
                            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                            "--remote-debugging-port=0",
                            "--user-data-dir=" + directory.resolve("profile"),
                            "about:blank")
                    .redirectErrorStream(true)
                    .start();
            BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
            Matcher listening = Pattern.compile("DevTools listening on ws://([^/]+)/.*").matcher("");
            StringBuilder all = new StringBuilder();
            for (String line = said.readLine(); !listening.reset(line == null ? "" : line).matches(); line = said.readLine()) {
                if (line == null) {
                    throw new IOException("chromium has ended: " + all);
                }
                all.append(line).append('\n');
            }
            address = listening.group(1);
            Thread drain = new Thread(() -> said.lines().forEach(line -> {}));
            drain.setDaemon(true);
            drain.start();
        }

        Path directory() {
            return directory;
        }

        Tab tab() throws Exception {
            return new Tab(http, address, JSON.readTree(http("PUT", "/json/new?about:blank")));
        }

        private String http(String method, String path) throws Exception {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + path))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }

        @Override
        public void close() throws Exception {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            // Its children write for a moment longer than it lives.
            for (int i = 0; i < 20 && Files.exists(directory); i++) {
                try (Stream<Path> tree = Files.walk(directory)) {
                    tree.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
                } catch (java.io.UncheckedIOException e) {
                    // Removed by one of them.
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    /** A page of the browser, spoken to by the DevTools protocol. */
    private static final class Tab implements AutoCloseable, WebSocket.Listener {
        private final WebSocket socket;
        private final AtomicInteger ids = new AtomicInteger();
        private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
        private final List<JsonNode> events = new CopyOnWriteArrayList<>();
        private final CompletableFuture<Void> loaded = new CompletableFuture<>();
        private final StringBuilder part = new StringBuilder();

        Tab(HttpClient http, String address, JsonNode target) throws Exception {
            socket = http.newWebSocketBuilder()
                    .buildAsync(URI.create(target.path("webSocketDebuggerUrl").asText()), this)
                    .get(30, TimeUnit.SECONDS);
            for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
                call(domain + ".enable", Map.of());
            }
        }

        void open(Path html) throws Exception {
            width(DESKTOP);
            call("Page.navigate", Map.of("url", html.toUri().toString()));
            loaded.get(60, TimeUnit.SECONDS);
            // A frame later, what the page's start has caused has been told.
            ask("new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))");
        }

        /** What the page has said and asked for, but for itself. */
        List<String> overheard(String own) {
            List<String> complaints = new ArrayList<>();
            for (JsonNode event : events) {
                JsonNode what = event.path("params");
                switch (event.path("method").asText()) {
                    case "Runtime.consoleAPICalled" -> complaints.add("the page writes to the console: " + what.path("args"));
                    case "Runtime.exceptionThrown" -> complaints.add("the page throws: "
                            + what.path("exceptionDetails").path("exception").path("description").asText());
                    case "Log.entryAdded" -> complaints.add("the browser complains: "
                            + what.path("entry").path("text").asText() + " "
                            + what.path("entry").path("url").asText());
                    case "Network.requestWillBeSent" -> {
                        String url = what.path("request").path("url").asText();
                        if (!url.equals(own) && !url.startsWith("data:") && !url.equals("about:blank")) {
                            complaints.add("the page requests " + url);
                        }
                    }
                    default -> {}
                }
            }
            return complaints;
        }

        void width(int pixels) throws Exception {
            call("Emulation.setDeviceMetricsOverride",
                    Map.of("width", pixels, "height", 900, "deviceScaleFactor", 1, "mobile", false));
        }

        void scheme(String scheme) throws Exception {
            call("Emulation.setEmulatedMedia",
                    Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        }

        /** Of the first screen, or of the whole page. */
        byte[] picture(boolean whole) throws Exception {
            return Base64.getDecoder()
                    .decode(call("Page.captureScreenshot", Map.of("captureBeyondViewport", whole))
                            .path("data")
                            .asText());
        }

        JsonNode ask(String script) throws Exception {
            JsonNode answer = call("Runtime.evaluate",
                    Map.of("expression", script, "returnByValue", true, "awaitPromise", true));
            if (answer.has("exceptionDetails")) {
                throw new IllegalStateException(answer.path("exceptionDetails").toString());
            }
            return answer.path("result").path("value");
        }

        private JsonNode call(String method, Map<String, ?> parameters) throws Exception {
            int id = ids.incrementAndGet();
            CompletableFuture<JsonNode> answer = new CompletableFuture<>();
            answers.put(id, answer);
            socket.sendText(
                            JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true)
                    .get(30, TimeUnit.SECONDS);
            JsonNode whole = answer.get(60, TimeUnit.SECONDS);
            if (whole.has("error")) {
                throw new IllegalStateException(method + ": " + whole.path("error"));
            }
            return whole.path("result");
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
            part.append(text);
            if (last) {
                try {
                    JsonNode message = JSON.readTree(part.toString());
                    part.setLength(0);
                    if (message.has("id")) {
                        answers.remove(message.path("id").asInt()).complete(message);
                    } else {
                        events.add(message);
                        if (message.path("method").asText().equals("Page.loadEventFired")) {
                            loaded.complete(null);
                        }
                    }
                } catch (IOException e) {
                    loaded.completeExceptionally(e);
                }
            }
            from.request(1);
            return null;
        }

        @Override
        public void close() throws Exception {
            call("Page.close", Map.of());
            socket.abort();
        }
    }
}
