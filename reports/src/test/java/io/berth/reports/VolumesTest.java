package io.berth.reports;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.Formats;
import java.io.IOException;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;

class VolumesTest {
    private static final Report REPORT = Report.of(VolumeFixture.results());

    @Test
    void eachStepHasMedianAndMaximumOverTheVolumes() {
        assertThat(REPORT.text())
                .contains("disk: StorageClass csi of csi.example")
                .containsPattern("step +1 at once +10 at once")
                // Two moments apart; of ten volumes, the slowest takes 100 ms + 9 · 50 ms for each.
                .containsPattern("claim to Bound +0\\.200 s +0\\.650 s, max 1\\.10 s")
                .containsPattern("attach +0\\.100 s +0\\.325 s, max 0\\.550 s");
    }

    @Test
    void whatAClassCantDoAndWhatWasNotMeasuredAreToldApartAndNeverZero() {
        String nfs = REPORT.text().substring(REPORT.text().indexOf("nfs: StorageClass"));

        assertThat(nfs)
                .containsPattern("claim to Bound +0\\.250 s, max 0\\.300 s, n=2")
                .containsPattern("attach +not supported")
                .containsPattern("snapshot +not supported")
                .contains("attach: not supported: the driver attaches nothing")
                .contains("claim to Bound: not measured, 3 at once: 1 of 3 not within 300 s")
                .doesNotContain("0.000");
    }

    @Test
    void aReportOfVolumesAloneHasNothingOfApplications() {
        Document page = Jsoup.parse(REPORT.html());

        assertThat(page.select("section").eachAttr("id")).containsExactly("volumes");
        assertThat(page.select("#volumes h3").eachText()).containsExactly("disk", "nfs", "Command");
        assertThat(page.select("#volumes table")
                        .get(0)
                        .select("tbody tr")
                        .get(0)
                        .text())
                .startsWith("claim to Bound 0.200 s 0.650 s, max 1.10 s from asking");
        assertThat(page.select(".skip").attr("href")).isEqualTo("#volumes");
        assertThat(REPORT.text()).doesNotContain("workload");
    }

    @Test
    void machinesGetSamplesAndReasons() throws IOException {
        JsonNode volumes = Formats.json().readTree(REPORT.json()).path("volumes");

        assertThat(volumes).hasSize(3);
        JsonNode bind = volumes.get(1).path("steps").get(0);
        assertThat(bind.path("step").textValue()).isEqualTo("bind");
        assertThat(bind.path("state").textValue()).isEqualTo("measured");
        assertThat(bind.path("samples")).hasSize(10);
        assertThat(bind.path("max").doubleValue()).isEqualTo(1.1);
        JsonNode attach = volumes.get(2).path("steps").get(1);
        assertThat(attach.path("state").textValue()).isEqualTo("not supported");
        assertThat(attach.path("median").isNull()).isTrue();
        assertThat(attach.path("n").intValue()).isZero();
        assertThat(attach.path("reason").textValue()).isEqualTo("the driver attaches nothing");
    }

    @Test
    void aReportOfApplicationsHasNothingOfVolumes() {
        assertThat(Report.of(ResultsFixture.results().build()).html()).doesNotContain("Lives of volumes");
    }
}
