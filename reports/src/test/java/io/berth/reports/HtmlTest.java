package io.berth.reports;

import static io.berth.reports.ResultsFixture.DISK;
import static io.berth.reports.ResultsFixture.IO;
import static io.berth.reports.ResultsFixture.MEMORY;
import static io.berth.reports.ResultsFixture.SQL;
import static io.berth.reports.ResultsFixture.id;
import static io.berth.reports.ResultsFixture.results;
import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.Environment;
import io.berth.model.results.Results;
import io.berth.model.results.StageMeasurement;
import io.berth.model.results.TrialOutcome;
import io.berth.model.results.TrialResult;
import io.berth.model.results.Warning;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xml.sax.InputSource;

class HtmlTest {
    private static final String HOSTILE = "</script><img src=x onerror=alert(1)>\"'&amp;]]>\u0000\u001b[31m\u202e";

    private static final Map<String, String> RENDERED = new ConcurrentHashMap<>();

    private static String sample(String name) {
        return RENDERED.computeIfAbsent(name, it -> Report.of(Samples.named(it)).html());
    }

    static Set<String> samples() {
        return Samples.all().keySet();
    }

    private static String html(ResultsFixture fixture) {
        return Report.of(fixture.build()).html();
    }

    private static void parseStrictly(String html) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        DocumentBuilder builder = factory.newDocumentBuilder();
        builder.setErrorHandler(null);
        builder.parse(new InputSource(new StringReader(html)));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyReportIsWellFormed(String name) throws Exception {
        parseStrictly(sample(name));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyReportStandsAlone(String name) {
        String html = sample(name);
        Document page = Jsoup.parse(html);

        assertThat(page.select("script, link, iframe, object, embed, img, image, use, base"))
                .isEmpty();
        assertThat(page.select("[src], [srcset], [onclick], [onload]")).isEmpty();
        assertThat(page.select("a[href]")).allMatch(it -> it.attr("href").startsWith("#"));
        assertThat(html).doesNotContain("@import").doesNotContain("url(");
        assertThat(html.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http://", "https://");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyIdIsUniqueAndEveryReferenceHasATarget(String name) {
        Document page = Jsoup.parse(sample(name));
        Set<String> ids = new HashSet<>();

        for (Element element : page.select("[id]")) {
            assertThat(ids.add(element.id())).as(element.id()).isTrue();
        }
        for (Element link : page.select("a[href]")) {
            assertThat(ids).contains(link.attr("href").substring(1));
        }
        for (Element labelled : page.select("[aria-labelledby]")) {
            assertThat(ids).contains(labelled.attr("aria-labelledby").split(" "));
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyChartIsAnImageWithATitleAndADescription(String name) {
        Document page = Jsoup.parse(sample(name));

        // Lives of volumes are told by tables alone.
        assertThat(page.select("svg").isEmpty()).isEqualTo(name.equals("volumes"));
        assertThat(page.select("svg"))
                .allMatch(svg -> svg.attr("role").equals("img")
                        ? !svg.select("> title").text().isBlank()
                                && !svg.select("> desc").text().isBlank()
                        : svg.attr("aria-hidden").equals("true"));
        assertThat(page.select("svg").outerHtml()).doesNotContain("rgb(").doesNotContain("font-family");
    }

    @Test
    void reportIsTheSameForTheSameResultsInAnotherOrder() {
        Results results = Samples.named("failures");
        List<TrialResult> shuffled = new ArrayList<>(results.trials());
        Collections.shuffle(shuffled, new Random(5));

        assertThat(Report.of(new Results(results.plan(), shuffled)).html())
                .isEqualTo(Report.of(results).html());
    }

    @Test
    void hostileTextStaysText() throws Exception {
        ResultsFixture fixture = results()
                .command("berth", "run", HOSTILE)
                .outcome(id(SQL, MEMORY, 1), new TrialOutcome.Failed(TrialOutcome.Cause.APPLICATION, HOSTILE))
                .attempt("b01-" + IO, it -> ResultsFixture.withWarnings(it, new Warning("odd", HOSTILE)))
                .attempt(
                        "b02-" + IO,
                        it -> ResultsFixture.with(
                                it, new Environment(Map.of(HOSTILE, HOSTILE), Map.of("spark.x", HOSTILE))))
                .numbers("b", it -> ResultsFixture.withStages(it, HtmlTest::hostile));

        String html = html(fixture);

        parseStrictly(html);
        Document page = Jsoup.parse(html);
        assertThat(page.select("script, img")).isEmpty();
        assertThat(page.select("[onerror]")).isEmpty();
        assertThat(page.select(".failures").text()).contains("</script><img src=x onerror=alert(1)>");
        assertThat(page.select("pre").text()).contains("onerror=alert(1)");
        assertThat(html).doesNotContain("\u001b").doesNotContain("\u0000");
    }

    @Test
    void terminalReceivesNoEscapeSequences() {
        ResultsFixture fixture =
                results().outcome(id(SQL, MEMORY, 1), new TrialOutcome.Failed(TrialOutcome.Cause.APPLICATION, HOSTILE));

        assertThat(Report.of(fixture.build()).text()).doesNotContain("\u001b", "\u0000", "\u202e");
    }

    @Test
    void noNumberOfATrialWithoutTrustAppearsAnywhere() {
        ResultsFixture fixture = results()
                .numbers(
                        id(IO, DISK, 1),
                        it -> ResultsFixture.withIterations(it, iteration -> ResultsFixture.elapsed(iteration, 77.77)))
                .numbers(
                        id(IO, MEMORY, 2),
                        it -> ResultsFixture.withAnswers(
                                it,
                                answer -> new io.berth.model.results.Answer(
                                        answer.step(), answer.rows(), "deadbeef", answer.expected())));
        Report report = Report.of(fixture.build());

        assertThat(report.html()).doesNotContain("77.8 s").contains("unverified");
        assertThat(report.json()).doesNotContain("77.77");
        assertThat(report.text()).doesNotContain("77.8");
    }

    @Test
    void survivorsOfACellWithAFailedTrialAreNotSummedUp() {
        ResultsFixture fixture = results()
                .numbers(
                        id(SQL, DISK, 1),
                        it -> ResultsFixture.withIterations(it, iteration -> ResultsFixture.elapsed(iteration, 66.66)))
                .numbers(
                        id(SQL, DISK, 2),
                        it -> ResultsFixture.withIterations(it, iteration -> ResultsFixture.elapsed(iteration, 66.66)))
                .outcome(id(SQL, DISK, 3), new TrialOutcome.TimedOut(300));

        Document page = Jsoup.parse(html(fixture));

        assertThat(page.select("#matrix").text()).doesNotContain("66.7 s").contains("timed-out");
        assertThat(page.select("#workload-" + SQL).text()).doesNotContain("66.7");
        assertThat(page.select("#trials").text()).contains("66.7 s");
    }

    @Test
    void withoutProbeStorageTimeReadsNotMeasured() {
        String html = html(results());

        assertThat(Jsoup.parse(html).select(".workload td.label").eachText()).containsOnly("not measured");
        assertThat(html).contains("Latency of storage calls: not measured");
    }

    @Test
    void partialRunSaysSoFirst() {
        Document page = Jsoup.parse(html(results().only(trial -> trial.block() <= 1)));

        assertThat(page.select(".banner").text())
                .contains("This run isn't complete")
                .contains("8 of 12 trials");
    }

    @Test
    void runOfNothingYetIsAReportToo() throws Exception {
        ResultsFixture fixture = results().only(trial -> false);

        parseStrictly(html(fixture));
        assertThat(Jsoup.parse(html(fixture)).select("#matrix .outcome").eachText())
                .containsOnly("not-run");
    }

    @Test
    void failedCellShowsItsReasonInTheMatrix() {
        ResultsFixture fixture = results()
                .outcome(
                        id(SQL, MEMORY, 2),
                        new TrialOutcome.Failed(TrialOutcome.Cause.INFRASTRUCTURE, "No space left on device"));

        assertThat(Jsoup.parse(html(fixture)).select("#matrix td.bad").text())
                .contains("failed")
                .contains("block 2: infrastructure: No space left on device");
    }

    @Test
    void factThatDiffersIsShownApartWithItsTrials() {
        ResultsFixture fixture =
                results().attempt("b02-" + SQL + "-" + MEMORY, it -> ResultsFixture.fact(it, "os.kernel", "6.12"));

        Document page = Jsoup.parse(html(fixture));

        assertThat(page.select("#environment .differs").eachText().get(0))
                .contains("os.kernel")
                .contains("6.12 " + id(SQL, MEMORY, 2));
        assertThat(page.select("#environment .pairs").text())
                .contains("spark.version 4.0.1")
                .doesNotContain("os.kernel");
    }

    private static StageMeasurement hostile(StageMeasurement it) {
        return new StageMeasurement(
                it.iteration(),
                it.step(),
                it.ordinal(),
                it.fingerprint(),
                HOSTILE,
                it.jobId(),
                it.stageId(),
                it.attempt(),
                it.elapsedNanos(),
                it.spark(),
                it.tasks());
    }
}
