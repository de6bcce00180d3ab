package io.berth.reports;

import static io.berth.reports.ResultsFixture.DISK;
import static io.berth.reports.ResultsFixture.NFS;
import static io.berth.reports.ResultsFixture.SQL;
import static io.berth.reports.ResultsFixture.id;
import static io.berth.reports.ResultsFixture.results;
import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.results.PodLife;
import io.berth.model.results.Warning;
import io.berth.reports.cells.Comparison;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PodsTest {
    private static final long SECOND = 1_000_000_000;

    private static PodLife pod(String process, String node, long mountedSeconds) {
        return pod(process, node, Optional.of("zone-a"), mountedSeconds);
    }

    private static PodLife pod(String process, String node, Optional<String> zone, long mountedSeconds) {
        return new PodLife(
                process,
                "pod-of-" + process,
                Optional.of(node),
                zone,
                OptionalLong.of(SECOND / 20),
                OptionalLong.of(SECOND),
                OptionalLong.of((1 + mountedSeconds) * SECOND),
                OptionalLong.of((2 + mountedSeconds) * SECOND),
                OptionalLong.of(60 * SECOND),
                OptionalLong.empty());
    }

    private static ResultsFixture on(String node, String otherNode) {
        ResultsFixture fixture = results().nfs();
        for (int block = 1; block <= 3; block++) {
            fixture.attempt(
                    id(SQL, DISK, block),
                    it -> ResultsFixture.withPods(it, pod("driver", node, 3), pod("executor 1", node, 5)));
            fixture.attempt(
                    id(SQL, NFS, block),
                    it -> ResultsFixture.withPods(it, pod("driver", node, 4), pod("executor 1", otherNode, 7)));
        }
        return fixture;
    }

    @Test
    void theStepsOfPodsLivesAreToldWithWhereTheyWere() {
        String html = Report.of(on("node1", "node2").build()).html();

        assertThat(html)
                .contains("Life of the pods")
                .contains(
                        "tpch/nfs-filer</th><td>executor</td><td class=\"num\">50.0 ms</td><td class=\"num\">not measured</td><td class=\"num\">0.950 s</td><td class=\"num\">not measured</td><td class=\"num\">7.00 s</td><td class=\"num\">not measured</td><td class=\"num\">1.00 s</td><td class=\"num\">51.0 s</td><td class=\"num\">not measured</td><td>node2 in zone-a</td>");
        assertThat(Report.of(results().build()).html()).doesNotContain("Life of the pods");
    }

    @Test
    void whatClaimsNodesAndImagesTookIsToldApart() {
        PodLife pod = new PodLife(
                "driver",
                "pod",
                Optional.of("node1"),
                Optional.empty(),
                OptionalLong.of(SECOND),
                OptionalLong.of(2 * SECOND),
                OptionalLong.of(9 * SECOND),
                OptionalLong.of(14 * SECOND),
                OptionalLong.of(60 * SECOND),
                OptionalLong.of(61 * SECOND),
                OptionalLong.of(0),
                OptionalLong.of(5 * SECOND),
                OptionalLong.of(13 * SECOND),
                Optional.empty(),
                List.of());
        ResultsFixture fixture = results().nfs().attempt(id(SQL, NFS, 1), it -> ResultsFixture.withPods(it, pod));

        assertThat(Report.of(fixture.build()).html())
                .contains(
                        "<td>driver</td><td class=\"num\">1.00 s</td><td class=\"num\">0 s</td><td class=\"num\">1.00 s</td><td class=\"num\">3.00 s</td><td class=\"num\">7.00 s</td><td class=\"num\">4.00 s</td><td class=\"num\">5.00 s</td>");
    }

    @Test
    void aZoneThatMayNotBeAskedForIsNotMeasured() {
        ResultsFixture blind = results()
                .nfs()
                .attempt(
                        id(SQL, NFS, 1),
                        it -> ResultsFixture.withPods(it, pod("driver", "node1", Optional.empty(), 3)));

        assertThat(Report.of(blind.build()).html()).contains("<td>node1 (zone not measured)</td>");
    }

    @Test
    void thePodThatLooksForNoncesIsShownAndIsNoPartOfThePlacement() {
        ResultsFixture looked = results()
                .nfs()
                .attempt(
                        id(SQL, NFS, 1),
                        it -> ResultsFixture.withPods(it, pod("driver", "node1", 3), pod("look", "node2", 1)));

        assertThat(Report.of(looked.build()).html()).contains("<td>look</td>").doesNotContain("look on node2");
    }

    @Test
    void podsOnOtherNodesThanTheBaselinesAreWarnedOf() {
        assertThat(Comparison.of(on("node1", "node2").build()).cell(SQL, NFS).warnings())
                .filteredOn(it -> it.code().equals("environment-differs"))
                .extracting(Warning::message)
                .anyMatch(it -> it.contains("driver on node1 in zone-a, executor on node2 in zone-a"));
        assertThat(Comparison.of(on("node1", "node1").build()).cell(SQL, NFS).warnings())
                .extracting(Warning::code)
                .doesNotContain("environment-differs");
    }
}
